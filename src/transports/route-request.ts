import type { IncomingMessage, ServerResponse } from 'node:http'
import { rtbridgeError, toRtbridgeError } from '../domain/errors/registry.ts'
import type { Answer } from './answer.ts'
import { sendAnswer } from './answer.ts'
import { metricsPath } from './answer-metrics.ts'
import { answerPreflight, corsHeaders } from './cors.ts'
import { pathOf } from './handle-request.ts'
import { errorAnswer } from './problem.ts'

/**
 * Looks at a request before anything else does.
 * @returns null when it may go on, else the answer to it
 */
export type RequestGuard = (request: IncomingMessage) => Answer | null

/** Where the kinds of requests go. What it throws becomes a problem document. */
export interface RequestRoutes {
  /** Health, and what is at no other path. */
  readonly plain: (request: IncomingMessage) => Promise<Answer>
  /** `GET /events`. */
  readonly events: (request: IncomingMessage, response: ServerResponse) => Promise<void>
  /** Files of the page for admins; false when there is nothing of it at this path. Null: there is no page. */
  readonly page: ((request: IncomingMessage, response: ServerResponse) => boolean) | null
  /** Everything under `/api/`. */
  readonly api: (request: IncomingMessage, response: ServerResponse) => Promise<void>
}

export interface RequestRouterOptions {
  readonly routes: RequestRoutes
  readonly guard: RequestGuard
  /** Hears of what is unexpected. */
  readonly onError: (error: unknown, part: string) => void
}

/** Sends every plain HTTP request where it belongs. The result never throws. */
export function createRequestRouter(
  options: RequestRouterOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    // A client that breaks off is not worth a word; without a listener it would end the process.
    response.on('error', () => {})
    route(request, response, options).catch(error => answerError(error, request, response, options))
  }
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  { routes, guard }: RequestRouterOptions,
): Promise<void> {
  const refusal = guard(request)
  if (refusal !== null) return sendAnswer(response, refusal, request.method === 'HEAD')
  const path = pathOf(request)
  // No page has a use for metrics.
  const isForPages = path !== metricsPath
  if (isForPages) {
    for (const [name, value] of Object.entries(corsHeaders(request))) response.setHeader(name, value)
    const preflight = answerPreflight(request)
    if (preflight !== null) return sendAnswer(response, preflight, false)
  }
  if (path === '/events') return routeEvents(request, response, routes)
  if (path === '/api' || path.startsWith('/api/')) return routes.api(request, response)
  if (routes.page?.(request, response)) return
  sendAnswer(response, await routes.plain(request), request.method === 'HEAD')
}

async function routeEvents(
  request: IncomingMessage,
  response: ServerResponse,
  { events }: RequestRoutes,
): Promise<void> {
  if (request.method === 'GET') return events(request, response)
  throw rtbridgeError('RTB_HTTP_METHOD', { path: '/events', allowed: 'GET' })
}

function answerError(
  thrown: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  { onError }: RequestRouterOptions,
): void {
  const error = toRtbridgeError(thrown, 'http')
  if (error.actor === 'rtbridge') onError(thrown, 'http')
  if (response.headersSent) response.destroy()
  else {
    const allow = error.code === 'RTB_HTTP_METHOD' ? { allow: 'GET' } : {}
    sendAnswer(response, errorAnswer(error, allow), request.method === 'HEAD')
  }
}
