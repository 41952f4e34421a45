import type { IncomingMessage } from 'node:http'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { Answer, Headers } from './answer.ts'
import { errorAnswer } from './problem.ts'

/** What pages of other origins may do; @see https://fetch.spec.whatwg.org/#http-cors-protocol */
const allowedMethods = 'GET, HEAD, POST'
const allowedHeaders = 'authorization, content-type, last-event-id'
/** A browser asks again after this, seconds. */
const preflightMaxAge = '600'

type Asking = Pick<IncomingMessage, 'method' | 'headers'>

/**
 * Headers that let the page that asked read the answer. Cookies play no part here, so credentials of the browser are
 * never allowed.
 * @param origins exact origins whose pages may read; others get nothing
 */
export function corsHeaders({ headers }: Asking, origins: readonly string[]): Headers {
  if (origins.length === 0) return {}
  const { origin } = headers
  const allowed = origin !== undefined && origins.includes(origin)
  return { vary: 'origin', ...(allowed ? { 'access-control-allow-origin': origin } : {}) }
}

/**
 * The answer to a browser that asks before it sends.
 * @returns null when the request asks for something else
 */
export function answerPreflight(request: Asking, origins: readonly string[]): Answer | null {
  const { origin } = request.headers
  const isPreflight = request.headers['access-control-request-method'] !== undefined
  if (request.method !== 'OPTIONS' || origin === undefined || !isPreflight) return null
  if (!origins.includes(origin)) return errorAnswer(rtbridgeError('RTB_HTTP_ORIGIN', { origin }))
  const headers = {
    'access-control-allow-methods': allowedMethods,
    'access-control-allow-headers': allowedHeaders,
    'access-control-max-age': preflightMaxAge,
  }
  return { status: 204, headers, body: '' }
}
