import type { RtbridgeError } from '../../domain/errors/registry.ts'
import type { HubMessageData } from '../../protocol/messages.ts'

/** What an error is about, where that is known. */
export interface ErrorSubject {
  /** Id of a subscription. */
  readonly subscription?: string | null
  /** When the same would be taken, ms. */
  readonly retryMs?: number | null
}

/** The data of an `error` frame. */
export function toErrorData(
  { code, message, hint }: RtbridgeError,
  inReplyTo: string | null,
  { subscription = null, retryMs = null }: ErrorSubject,
): HubMessageData['error'] {
  return {
    code,
    message,
    hint,
    in_reply_to: inReplyTo,
    ...(subscription === null ? {} : { subscription }),
    ...(retryMs === null ? {} : { retry_ms: retryMs }),
  }
}
