import type { ErrorCode, RtbridgeError } from '../domain/errors/registry.ts'
import { rtbridgeError } from '../domain/errors/registry.ts'

/** What a client is told when its token is refused. */
export type RefusalCode = Extract<ErrorCode, 'RTB_AUTH_INVALID' | 'RTB_AUTH_EXPIRED' | 'RTB_AUTH_REVOKED'>

/** A token that was refused, as the log tells it; never the token, nor anything somebody could have written into it. */
export interface Refusal {
  readonly code: ErrorCode
  /** In words for whoever runs the hub. */
  readonly reason: string
  readonly address: string
}

/**
 * Makes the error of a refused token. Its message says what the client needs, its cause what the operator does.
 * @param reason words of ours only
 */
export function refusal(code: RefusalCode, reason: string): RtbridgeError {
  return rtbridgeError(code, {}, new Error(reason))
}

/** The reason a refusal was made with. */
export function reasonOf(error: RtbridgeError): string {
  return error.cause instanceof Error ? error.cause.message : error.message
}
