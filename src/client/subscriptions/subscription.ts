// Apps whose `lib` is ES2022 do not know `Disposable`: without this line the types would not compile there.
/// <reference lib="esnext.disposable" preserve="true" />
import type { GapReasonWord } from '../../protocol/messages.ts'
import type { ClientError } from '../api/client-error.ts'
import type { SubscriptionState } from '../machine/subscription-state.ts'
import type { Unlisten } from '../platform/listeners.ts'

/** What the app wants to hear. */
export interface CoreSubscription extends Disposable {
  readonly state: SubscriptionState
  /** Why it failed; null otherwise. */
  readonly error: ClientError | null
  onState(listener: (state: SubscriptionState) => void): Unlisten
  /**
   * Resolves when nothing is missed from here on.
   * @throws ClientError with the hub's code, or RTB_CLIENT_CLOSED
   */
  ready(): Promise<void>
  close(): void
}

/** What the app wants to hear, and can iterate over: its events are kept from the first step of an iteration on. */
export interface Subscription<Event = unknown> extends CoreSubscription, AsyncIterable<Event> {}

/** Something is missing before `cursor`: what was made of events has to be read anew. */
export interface Gap {
  readonly reason: GapReasonWord
  readonly cursor: string
  /** The one whose `since` it was; null = all. */
  readonly subscription: CoreSubscription | null
}

/** Membership in a room. */
export interface RoomHandle extends Disposable {
  readonly room: string
  readonly state: SubscriptionState
  readonly error: ClientError | null
  /** @throws ClientError when the hub refuses */
  ready(): Promise<void>
  close(): void
}
