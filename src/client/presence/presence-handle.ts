// Apps whose `lib` is ES2022 do not know `Disposable`: without this line the types would not compile there.
/// <reference lib="esnext.disposable" preserve="true" />
import type { PresenceMemberData } from '../../protocol/messages.ts'
import type { ClientError } from '../api/client-error.ts'
import type { SubscriptionState } from '../machine/subscription-state.ts'
import type { Unlisten } from '../platform/listeners.ts'

/** Who is in a room. */
export interface PresenceHandle extends Disposable {
  /** Null: everybody. */
  readonly room: string | null
  readonly state: SubscriptionState
  readonly error: ClientError | null
  onState(listener: (state: SubscriptionState) => void): Unlisten
  /** Another array after each change; those who were there while `stale`. */
  readonly members: readonly PresenceMemberData[]
  onChange(listener: (members: readonly PresenceMemberData[]) => void): Unlisten
  /** @throws ClientError when the hub refuses */
  ready(): Promise<void>
  close(): void
}

/** Who is there: what a client has beyond the core. */
export interface Presence {
  /** @param room default: everybody */
  presence(room?: string): PresenceHandle
  /**
   * Sets one's own state, in all rooms, for all connections to come.
   * @throws what the hub says
   */
  setPresence(state: 'online' | 'away'): Promise<void>
}
