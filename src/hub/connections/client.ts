import type { Identity } from '../../access/identity.ts'
import type { ClientMessage, HubMessageData, HubMessageType, RegisterData } from '../../protocol/messages.ts'
import type { HubContext } from '../context.ts'
import type { Feed } from '../feed/feed.ts'
import type { SubscriptionReplay, SubscriptionReplayOwner } from '../feed/subscription-replay.ts'
import type { Interests } from '../matching/interests.ts'
import type { CompiledSubscription } from '../matching/subscription.ts'
import type { ClientRooms } from '../rooms/client-rooms.ts'
import type { Position } from '../stream/encoded-batch.ts'
import type { DurableLine } from './durable-line.ts'
import type { Wire } from './peer.ts'
import type { Session } from './session.ts'

/** The live tables of a connection whose rows are on their way. */
export interface ArrivingTables {
  /**
   * Subscribes to a table: its rows, then its events. What cannot be read is answered with an `error` later.
   * @throws RTB_SUBSCRIPTION_WHERE RTB_SUBSCRIPTION_LIMIT RTB_SNAPSHOT_LIMIT
   */
  subscribe(message: Extract<ClientMessage, { type: 'subscribe' }>): void
}

/** A connection, as those see it who handle its messages. */
export interface Client {
  /** Unique among all hubs. */
  readonly id: string
  /** Who it acts for: of a registered connection, which has somebody. */
  readonly identity: Identity
  /** Null until it has registered. */
  readonly clientId: string | null
  readonly appName: string | null
  readonly rooms: ClientRooms
  readonly feed: Feed
  readonly interests: Interests
  readonly context: HubContext<unknown>
  /** Its custom events that are being stored. */
  readonly durable: DurableLine
  /** Its live tables whose rows are on their way. */
  readonly live: ArrivingTables
  /** What its frames are. */
  readonly wire: Wire
  /** Subscriptions that are not part of the stream yet. */
  readonly pendingSubscriptions: number
  readonly remoteAddress: string
  /** How it comes to act for somebody, and for how long. */
  readonly session: Session
  /** Answers a message; its `message_id` is repeated. */
  reply<Type extends HubMessageType>(
    message: { readonly messageId: string | null },
    type: Type,
    data: HubMessageData[Type],
  ): void
  /** Answers a message that could not be handled; what is unexpected goes to the operator. */
  fail(message: ClientMessage, thrown: unknown): void
  /** From here on it gets its stream: `announce` sends `registered`, the past follows, then live. */
  begin(start: {
    readonly data: RegisterData
    readonly clientId: string
    readonly position: Position
    readonly announce: () => void
    /** Repeated in the answers to its live tables. */
    readonly messageId: string | null
  }): void
  /** `register` was refused: what came after it is handled as if it had not come. */
  refuseRegister(): void
  /** Subscriptions or rooms have changed. */
  reselect(): void
  /** Replays what came after `from` for one subscription, then calls `attach`. */
  replaySubscription(
    subscription: CompiledSubscription,
    from: Position,
    attach: SubscriptionReplayOwner['attach'],
    isFresh: boolean,
  ): void
  /** The replay of a subscription that is no part of the stream yet. */
  replayOf(id: string): Pick<SubscriptionReplay, 'lose'> | undefined
  /** Gives up the replay or the rows of a subscription; false when there were none. */
  cancelReplay(id: string): boolean
}
