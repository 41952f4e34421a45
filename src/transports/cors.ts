import type { IncomingMessage } from 'node:http'
import type { Answer, Headers } from './answer.ts'

/** What pages of other origins may do; @see https://fetch.spec.whatwg.org/#http-cors-protocol */
const allowedMethods = 'GET, HEAD, POST'
const allowedHeaders = 'authorization, content-type, last-event-id'
/** A browser asks again after this, seconds. */
const preflightMaxAge = '600'

type Asking = Pick<IncomingMessage, 'method' | 'headers'>

/**
 * Headers that let the page that asked read the answer: the door has let its origin in (`hub.allow_origins`). Cookies
 * play no part here, so credentials of the browser are never allowed.
 */
export function corsHeaders({ headers: { origin } }: Asking): Headers {
  return { vary: 'origin', ...(origin === undefined ? {} : { 'access-control-allow-origin': origin }) }
}

/**
 * The answer to a browser that asks before it sends.
 * @returns null when the request asks for something else
 */
export function answerPreflight({ method, headers: asked }: Asking): Answer | null {
  const isPreflight = asked['access-control-request-method'] !== undefined
  if (method !== 'OPTIONS' || asked.origin === undefined || !isPreflight) return null
  const headers = {
    'access-control-allow-methods': allowedMethods,
    'access-control-allow-headers': allowedHeaders,
    'access-control-max-age': preflightMaxAge,
  }
  return { status: 204, headers, body: '' }
}
