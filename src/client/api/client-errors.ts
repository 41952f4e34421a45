import { ClientError } from './client-error.ts'

/** The client's own errors: what it says, and what to do next. */
export const clientErrors = {
  RTB_CLIENT_URL: ['no hub URL', 'ws://office:8765'],
  RTB_CLIENT_NO_TRANSPORT: ['no WebSocket', 'give one'],
  RTB_CLIENT_CONNECT_FAILED: ['cannot reach the hub', 'check address, TLS, origins'],
  RTB_CLIENT_CONNECT_TIMEOUT: ['no answer', 'check address'],
  RTB_CLIENT_CONNECTION_LOST: ['connection lost', 'wait'],
  RTB_CLIENT_SILENT: ['no answer', 'wait'],
  RTB_CLIENT_GOING_AWAY: ['the hub stops', 'wait'],
  RTB_CLIENT_REFUSED: ['the hub ended it', 'sign in'],
  RTB_CLIENT_TOKEN: ['getToken failed', 'see cause'],
  RTB_CLIENT_CLOSED: ['closed', 'make a new one'],
  RTB_CLIENT_OFFLINE: ['not connected', 'wait'],
  RTB_CLIENT_GAP: ['events are missing', 'use onGap'],
  RTB_CLIENT_FRAME: ['unreadable message', 'check parse'],
  RTB_CLIENT_TABLE: ['wrong options', 'see TableOptions'],
} as const satisfies Readonly<Record<string, readonly [message: string, hint: string]>>

export type ClientErrorCode = keyof typeof clientErrors

/**
 * An error of the client's own.
 * @param detail more of what it is about; default nothing
 */
export function clientError(code: ClientErrorCode, detail = '', cause?: unknown): ClientError {
  const [message, hint] = clientErrors[code]
  return new ClientError(code, message + (detail && `: ${detail}`), hint, cause)
}

/** What the hub says. */
export interface HubRefusal {
  readonly code: string
  readonly message: string
  readonly hint: string
  /** The same would be taken after this time, ms. */
  readonly retry_ms?: number
}

/** An error that came from the hub. */
export function hubError({ code, message, hint }: HubRefusal): ClientError {
  return new ClientError(code, message, hint)
}
