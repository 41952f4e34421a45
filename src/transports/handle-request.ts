import type { IncomingMessage } from 'node:http'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { Answer } from './answer.ts'
import { jsonAnswer } from './answer.ts'
import { errorAnswer } from './problem.ts'

/** What monitors ask for. */
export interface HealthReport {
  /** True when clients get what the database commits. */
  readonly ready: boolean
  /** The JSON of `GET /health`. */
  readonly body: object
}

/** Paths a WebSocket can be opened on; `/` is the one of the first apps. */
export const webSocketPaths: readonly string[] = ['/', '/ws']

/** Paths that tell how the hub is. */
const healthPaths: readonly string[] = ['/livez', '/readyz', '/health']

/** The path of a request without its query. */
export function pathOf(request: Pick<IncomingMessage, 'url'>): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/'
}

/**
 * The answer to a plain HTTP request: `/livez` while the process runs, `/readyz` while it serves, `/health` with
 * details, documents where they are, and a problem document for everything else.
 * @param documents JSON documents by path
 * @param isDetailed `/health` tells all; else no more than `/readyz`
 */
export function handleRequest(
  request: Pick<IncomingMessage, 'url' | 'method'>,
  health: () => HealthReport,
  documents: Readonly<Record<string, () => object>> = {},
  isDetailed = true,
): Answer {
  const path = pathOf(request)
  const document = Object.hasOwn(documents, path) ? documents[path] : undefined
  const isHealth = healthPaths.includes(path)
  if ((isHealth || document !== undefined) && request.method !== 'GET' && request.method !== 'HEAD') {
    const allowed = 'GET, HEAD'
    return errorAnswer(rtbridgeError('RTB_HTTP_METHOD', { path, allowed }), { allow: allowed })
  }
  if (isHealth) return answerHealth(path === '/health' && !isDetailed ? '/readyz' : path, health)
  if (document !== undefined) return jsonAnswer(200, document())
  if (webSocketPaths.includes(path)) {
    const upgrade = { upgrade: 'websocket', connection: 'Upgrade' }
    return errorAnswer(rtbridgeError('RTB_HTTP_UPGRADE', {}), upgrade)
  }
  return errorAnswer(rtbridgeError('RTB_HTTP_NOT_FOUND', { path }))
}

function answerHealth(path: string, health: () => HealthReport): Answer {
  if (path === '/livez') return jsonAnswer(200, { status: 'ok' })
  const { ready, body } = health()
  if (path === '/health') return jsonAnswer(ready ? 200 : 503, body)
  return ready
    ? jsonAnswer(200, { status: 'ready' })
    : errorAnswer(rtbridgeError('RTB_HUB_NOT_READY', { reason: 'see /health' }))
}
