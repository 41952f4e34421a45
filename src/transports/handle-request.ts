import type { IncomingMessage } from 'node:http'
import type { Answer } from './answer.ts'
import { jsonAnswer, problemAnswer } from './answer.ts'

/** What monitors ask for. */
export interface HealthReport {
  /** True when clients get what the database commits. */
  readonly ready: boolean
  /** The JSON of `GET /health`. */
  readonly body: object
}

/** Paths a WebSocket can be opened on; `/` is the one of the first apps. */
export const webSocketPaths: readonly string[] = ['/', '/ws']

/** The path of a request without its query. */
export function pathOf(request: Pick<IncomingMessage, 'url'>): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/'
}

/**
 * The answer to a plain HTTP request: `/livez` while the process runs, `/readyz` while it serves, `/health` with
 * details, and a problem document for everything else.
 */
export function handleRequest(
  request: Pick<IncomingMessage, 'url' | 'method'>,
  health: () => HealthReport,
): Answer {
  const path = pathOf(request)
  const isHealth = path === '/livez' || path === '/readyz' || path === '/health'
  if (isHealth && request.method !== 'GET' && request.method !== 'HEAD') {
    return problemAnswer(405, `${path} answers GET only`, { allow: 'GET, HEAD' })
  }
  // Without permission to read it, a browser could not even ask its user about the local network.
  if (isHealth) return withHeaders(answerHealth(path, health), { 'access-control-allow-origin': '*' })
  if (webSocketPaths.includes(path)) {
    return problemAnswer(426, 'this address speaks WebSocket', {
      upgrade: 'websocket',
      connection: 'Upgrade',
    })
  }
  return problemAnswer(404, 'there is nothing at this path')
}

function answerHealth(path: string, health: () => HealthReport): Answer {
  if (path === '/livez') return jsonAnswer(200, { status: 'ok' })
  const { ready, body } = health()
  if (path === '/health') return jsonAnswer(ready ? 200 : 503, body)
  return ready
    ? jsonAnswer(200, { status: 'ready' })
    : problemAnswer(503, 'the hub does not get what its database commits; /health says why')
}

function withHeaders(answer: Answer, headers: Readonly<Record<string, string>>): Answer {
  return { ...answer, headers: { ...answer.headers, ...headers } }
}
