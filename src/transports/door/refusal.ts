import { STATUS_CODES } from 'node:http'
import type { ErrorCode, RtbridgeError } from '../../domain/errors/registry.ts'
import type { Answer } from '../answer.ts'
import { jsonAnswer } from '../answer.ts'

/** Seconds after which it is worth trying again where nobody can tell. */
const retryAfterSeconds = '5'

const statusOf: Readonly<Partial<Record<ErrorCode, number>>> = {
  RTB_ADDRESS_DENIED: 403,
  RTB_ORIGIN_DENIED: 403,
  // Misdirected Request: the name does not lead here. RFC 9110 section 15.5.20.
  RTB_HOST_DENIED: 421,
  RTB_REQUEST_MALFORMED: 400,
  RTB_REQUEST_TIMEOUT: 408,
  RTB_REQUEST_HEAD_TOO_LARGE: 431,
  RTB_LIMIT_CONNECTIONS: 503,
  RTB_LIMIT_ADDRESS_CONNECTIONS: 429,
  RTB_LIMIT_HANDSHAKES: 429,
  RTB_LIMIT_REQUESTS: 429,
  RTB_TLS_EXPECTED: 400,
}

/**
 * A problem document with the error's code and hint; it ends the connection.
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
export function refusalAnswer({ code, message, hint }: RtbridgeError): Answer {
  const status = statusOf[code] ?? 400
  const problem = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: message,
    code,
    hint,
  }
  const isTemporary = status === 429 || status === 503
  return jsonAnswer(status, problem, {
    'content-type': 'application/problem+json',
    connection: 'close',
    ...(isTemporary ? { 'retry-after': retryAfterSeconds } : {}),
  })
}
