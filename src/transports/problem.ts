import { STATUS_CODES } from 'node:http'
import { retryMsOf } from '../domain/errors/passing-errors.ts'
import type { ErrorCode, RtbridgeError } from '../domain/errors/registry.ts'
import type { Answer, Headers } from './answer.ts'
import { jsonAnswer } from './answer.ts'

/** Statuses of errors; what is not here is 400 when the client has to act, else 500. */
const statusOf: Readonly<Partial<Record<ErrorCode, number>>> = {
  RTB_HTTP_NOT_FOUND: 404,
  RTB_HTTP_METHOD: 405,
  RTB_HTTP_UPGRADE: 426,
  RTB_ADDRESS_DENIED: 403,
  RTB_ORIGIN_DENIED: 403,
  // Misdirected Request: the name does not lead here. RFC 9110 section 15.5.20.
  RTB_HOST_DENIED: 421,
  RTB_REQUEST_TIMEOUT: 408,
  RTB_REQUEST_HEAD_TOO_LARGE: 431,
  RTB_LIMIT_CONNECTIONS: 503,
  RTB_LIMIT_ADDRESS_CONNECTIONS: 429,
  RTB_LIMIT_HANDSHAKES: 429,
  RTB_LIMIT_REQUESTS: 429,
  RTB_AUTH_ATTEMPTS: 429,
  RTB_AUTH_UNAVAILABLE: 503,
  RTB_HTTP_BODY_SIZE: 413,
  RTB_HTTP_MEDIA_TYPE: 415,
  RTB_HTTP_ADMIN: 403,
  RTB_PUBLISH_DENIED: 403,
  RTB_ROOM_DENIED: 403,
  RTB_ROOM_AUTOMATIC: 403,
  RTB_ROOM_UNDECIDED: 503,
  RTB_SIGNAL_RATE: 429,
  RTB_SIGNAL_SIZE: 413,
  RTB_HTTP_TICKETS: 404,
  RTB_HTTP_CONNECTION: 404,
  RTB_HTTP_TABLE: 404,
  RTB_HTTP_CHANGE: 404,
  RTB_HTTP_CHANGE_HIDDEN: 403,
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
  const retryMs = retryMsOf(error)
  const document = {
    type: `urn:rtbridge:error:${code}`,
    title,
    status,
    detail: message,
    code,
    hint,
    ...(retryMs === null ? {} : { retry_ms: retryMs }),
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
  return statusOf[code] ?? (code.startsWith('RTB_AUTH_') ? 401 : actor === 'client-author' ? 400 : 500)
}

/** The same for what ends the connection. */
export function refusalAnswer(error: RtbridgeError): Answer {
  return errorAnswer(error, { connection: 'close' })
}
