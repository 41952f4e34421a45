import type { AccessRules } from '../access/access-rules.ts'
import type { Authenticator } from '../access/authenticator.ts'
import type { Audit } from '../domain/audit.ts'
import type { History } from '../domain/event-batch.ts'
import type { OnceKey } from '../domain/once-key.ts'
import type { SignalBus } from '../domain/signal-bus.ts'
import type { Clock } from './clock.ts'
import type { NotReady } from './connections/ready-gate.ts'
import type { Counters } from './counters.ts'
import type { ReplaySlots } from './feed/replay-slots.ts'
import type { UnsettledFeed } from './feed/unsettled-feed.ts'
import type { HubLimits } from './limits.ts'
import type { SnapshotSource } from './live/snapshot-subscriber.ts'
import type { PersonalRooms } from './matching/personal-rooms.ts'
import type { ProfileRegistry } from './matching/profile-registry.ts'
import type { OutsideSignals } from './outside-signals.ts'
import type { Presence } from './rooms/presence.ts'
import type { Siblings } from './siblings.ts'
import type { Stream } from './stream/stream.ts'

/** Writes a custom event to the journal; it comes back as a published event with this origin. Gives its `seq`, if known. */
export type PublishDurable = (event: {
  readonly eventType: string
  /** JSON text. */
  readonly data: string
  readonly room: string | null
  /** The sender's `client_id`. */
  readonly origin: string
  /** Set: stored unless one was stored with this key, of which the `seq` is then given. */
  readonly once?: OnceKey | undefined
}) => Promise<string | null>

/** What the connections of a hub share. */
export interface HubContext<Member> {
  readonly hubId: string
  readonly heartbeatMs: number
  readonly limits: HubLimits
  readonly clock: Clock
  readonly history: History
  readonly stream: Stream
  readonly profiles: ProfileRegistry<Member>
  readonly personalRooms: PersonalRooms<Member>
  /** Feeds that need a word about every batch, also when nothing in it is for them; they enter and leave it themselves. */
  readonly unsettled: Set<UnsettledFeed>
  readonly slots: ReplaySlots
  /** Brings the rows of live tables. */
  readonly snapshots: SnapshotSource
  readonly signals: SignalBus
  readonly presence: Presence
  readonly siblings: Siblings
  /** Null when custom events cannot be stored. */
  readonly publishDurable: PublishDurable | null
  readonly authenticator: Authenticator
  readonly access: AccessRules
  readonly audit: Audit
  readonly counters: Counters
  /** Bounds the signals of those who have no connection. */
  readonly outsideSignals: Pick<OutsideSignals, 'check'>
  /** Hears of what failed and is healed by trying again. */
  readonly onError: (error: unknown, part: string) => void
  /** Null when the hub has a position and its database; else since when not, ISO 8601, and why. */
  readonly notReady: NotReady | null
  /** Resolves when the hub is ready, or when `signal` aborts. */
  whenReady(signal: AbortSignal): Promise<void>
  /** Somebody waits for the hub to get further: it is to read the journal now. */
  lookNow(): void
  /** Now, ISO 8601. */
  timestamp(): string
  newId(): string
}
