import type { GapReasonWord, SubscriptionRequest } from '../../protocol/messages.ts'
import type { HubTrust } from '../../transports/hub-trust.ts'
import type { ReceivedEvent } from './read-frame.ts'

export interface FollowOptions {
  /** `ws://host:port` or `wss://host:port` */
  readonly url: string
  /** Who follows; null when the hub asks nobody. */
  readonly token: string | null
  /** Default: what the system trusts. */
  readonly trust?: HubTrust
  readonly appName: string
  /** What to get; null = everything. */
  readonly subscription: SubscriptionRequest | null
  /** Rooms to join: their events come besides those for everyone. */
  readonly join: readonly string[]
  /** Where to go on; null = from now. */
  readonly since: string | null
  /** Ends it. */
  readonly signal: AbortSignal
  /** Every event once, in order. */
  readonly onEvent: (received: ReceivedEvent) => void
  /** The position after the events so far; a checkpoint is one between whole transactions. */
  readonly onCursor: (cursor: string, isCheckpoint: boolean) => void
  readonly onNotice: (notice: Notice) => void
}

/** What happens to the stream besides events. */
export type Notice =
  | { readonly kind: 'connected'; readonly resumed: boolean }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'gap'; readonly reason: GapReasonWord }
  | { readonly kind: 'stale'; readonly since: string; readonly reason: string }
  | { readonly kind: 'live' }
  | { readonly kind: 'lost'; readonly problem: string; readonly retryMs: number }
