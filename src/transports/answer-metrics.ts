import type { IncomingMessage } from 'node:http'
import { showsSomething } from '../access/identify.ts'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { Answer } from './answer.ts'
import { maySeeHealth } from './may-see-health.ts'
import { errorAnswer } from './problem.ts'
import { queryOf } from './query.ts'
import { showCredentials } from './show-credentials.ts'
import type { WaysIn } from './ways-in.ts'

/** Where metrics are. */
export const metricsPath = '/metrics'

/** Metrics in the text format of Prometheus. */
export interface MetricsText {
  readonly contentType: string
  readonly text: string
}

/**
 * The answer to a request for `/metrics`: for those who get the details of health.
 * @throws RTB_AUTH_REQUIRED RTB_HTTP_ADMIN RTB_AUTH_*
 */
export async function answerMetrics(
  request: Pick<IncomingMessage, 'headers' | 'socket' | 'url' | 'method'>,
  ways: Pick<WaysIn, 'identify' | 'isAdmin' | 'isOpen'>,
  metrics: () => Promise<MetricsText>,
): Promise<Answer> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const allowed = 'GET, HEAD'
    return errorAnswer(rtbridgeError('RTB_HTTP_METHOD', { path: metricsPath, allowed }), { allow: allowed })
  }
  if (!(await maySeeHealth(request, ways))) {
    const isKnown = showsSomething(showCredentials(request, queryOf(request.url)))
    throw isKnown ? rtbridgeError('RTB_HTTP_ADMIN', {}) : rtbridgeError('RTB_AUTH_REQUIRED', {})
  }
  const { contentType, text } = await metrics()
  return { status: 200, headers: { 'content-type': contentType, 'cache-control': 'no-store' }, body: text }
}
