import type { ServerResponse } from 'node:http'
import { STATUS_CODES } from 'node:http'

/** An HTTP answer that is not sent yet. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Of an answer, by lower-case name. */
export type Headers = Readonly<Record<string, string>>

/** A JSON document that nobody may cache. */
export function jsonAnswer(status: number, value: object, headers: Headers = {}): Answer {
  const body = JSON.stringify(value)
  return {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    body,
  }
}

/** Sends an answer; `HEAD` gets its head only. */
export function sendAnswer(
  response: ServerResponse,
  { status, headers, body }: Answer,
  isHead: boolean,
): void {
  const length = status === 204 ? {} : { 'content-length': Buffer.byteLength(body) }
  response.writeHead(status, { ...length, ...headers })
  response.end(isHead ? undefined : body)
}

/** The answer as text, for a connection that never became a request. */
export function answerText({ status, headers, body }: Answer): string {
  const all = { ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\n${lines.join('\r\n')}\r\n\r\n${body}`
}
