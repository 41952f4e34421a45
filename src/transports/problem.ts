import { STATUS_CODES } from 'node:http'
import type { ErrorCode, RtbridgeError } from '../domain/errors/registry.ts'
import type { Answer, Headers } from './answer.ts'
import { jsonAnswer } from './answer.ts'

/** Statuses of errors; what is not here is 400 when the client has to act, else 500. */
const statusOf: Readonly<Partial<Record<ErrorCode, number>>> = {
  RTB_HTTP_NOT_FOUND: 404,
  RTB_HTTP_METHOD: 405,
  RTB_HTTP_UPGRADE: 426,
  RTB_HTTP_SLOW: 408,
  RTB_HTTP_HEAD_SIZE: 431,
  RTB_HTTP_BODY_SIZE: 413,
  RTB_HTTP_MEDIA_TYPE: 415,
  RTB_HTTP_ORIGIN: 403,
  RTB_HTTP_ADMIN: 403,
  RTB_HTTP_DENIED: 403,
  RTB_HTTP_TICKETS: 404,
  RTB_HTTP_RATE: 429,
  RTB_CURSOR_GAP: 410,
  RTB_HUB_NOT_READY: 503,
  RTB_HUB_FULL: 503,
  RTB_CUSTOM_EVENT_DURABLE: 503,
  RTB_CUSTOM_EVENT_FAILED: 503,
}

/** Time after which a client may try again what failed for now, seconds. */
const retryAfterSeconds = '5'

/**
 * An error as a problem document, with the code that it has everywhere. The `type` says the same as `code`; it leads
 * nowhere, docs/errors.md explains the codes.
 *
 * @param members further members of the document
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
export function errorAnswer(error: RtbridgeError, headers: Headers = {}, members: object = {}): Answer {
  const { code, message, hint } = error
  const status = problemStatus(error)
  const title = STATUS_CODES[status] ?? 'Error'
  const document = {
    type: `urn:rtbridge:error:${code}`,
    title,
    status,
    detail: message,
    code,
    hint,
    ...members,
  }
  return jsonAnswer(status, document, {
    'content-type': 'application/problem+json',
    ...(status === 429 || status === 503 ? { 'retry-after': retryAfterSeconds } : {}),
    ...(status === 401 ? { 'www-authenticate': 'Bearer realm="rtbridge"' } : {}),
    ...headers,
  })
}

function problemStatus({ code, actor }: RtbridgeError): number {
  if (/^RTB_(AUTH|SIGN_IN)_/.test(code)) return 401
  return statusOf[code] ?? (actor === 'client-author' ? 400 : 500)
}
