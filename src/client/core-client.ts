// Apps whose `lib` is ES2022 do not know `Disposable`: without this line the types would not compile there.
/// <reference lib="esnext.disposable" preserve="true" />
import type { GapReasonWord, PresenceMemberData } from '../protocol/messages.ts'
import type { ClientError } from './client-error.ts'
import type { ConnectionState } from './connection-state.ts'
import type { AnySchema, EventName, EventOf, SchemaShape, TableFilter } from './schema.ts'
import type { SubscriptionState } from './subscription-state.ts'

/** Ends what a call began; calling it again does nothing. */
export type Unlisten = () => void

/** What the connection is doing, and why. A new object after each change. */
export interface ConnectionStatus {
  readonly state: ConnectionState
  /**
   * Why it was entered: `new`, `wanted`, `due`, `registered`, `stale`, `live`, `closed`, or the code of the error that led there.
   */
  readonly code: string
  /** The hub that it is, or tries to be, connected to; null before the first attempt. */
  readonly url: string | null
  /** Null unless it is online. */
  readonly hubId: string | null
  /** When the state was entered, ms since 1970. */
  readonly since: number
  /** True: the hub has lost its database, and what it says is old. */
  readonly stale: boolean
  /** What led to `retrying` or `closed`; null otherwise. */
  readonly error: ClientError | null
}

/** What a subscription selects. Lists are OR inside and AND between; a missing or empty list is no restriction. */
export interface Filter<S extends SchemaShape = AnySchema, Name extends string = EventName<S>> {
  /** Types, with `*` and `?`. */
  readonly events?: Name | readonly Name[] | undefined
  /** Tables, with `*` and `?`. */
  readonly tables?: TableFilter<S> | readonly TableFilter<S>[] | undefined
  readonly channels?: string | readonly string[] | undefined
  /** Only events addressed to one of these rooms; the client becomes a member of them. */
  readonly rooms?: string | readonly string[] | undefined
  /** CEL over the row. */
  readonly where?: string | undefined
  /** Also what came after this cursor. */
  readonly since?: string | undefined
  /** Only the newest event of each row, at most once in this time, ms. */
  readonly conflateMs?: number | undefined
}

/** What it throws, or rejects with, goes to `onError`. */
export type EventHandler<Event> = (event: Event) => unknown

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

/** Who is in a room. */
export interface PresenceHandle extends Disposable {
  /** Null: everybody. */
  readonly room: string | null
  readonly state: SubscriptionState
  readonly error: ClientError | null
  /** Another array after each change. */
  readonly members: readonly PresenceMemberData[]
  onChange(listener: (members: readonly PresenceMemberData[]) => void): Unlisten
  /** @throws ClientError when the hub refuses */
  ready(): Promise<void>
  close(): void
}

/** What a custom event is addressed to. */
export interface SendOptions {
  /** Only to members of this room. */
  readonly room?: string | undefined
}

/** A client without live tables, presence and iteration. */
export interface CoreClient<S extends SchemaShape = AnySchema> extends Disposable {
  readonly status: ConnectionStatus
  onStatus(listener: (status: ConnectionStatus) => void): Unlisten
  /** The last cursor; null before there is one. */
  readonly cursor: string | null
  /**
   * Opens the connection, where nothing has yet.
   * @returns once it is online for the first time
   * @throws ClientError when it is closed before
   */
  connect(): Promise<void>
  /** Ends everything, for good. @returns once the cursor is stored */
  close(): Promise<void>

  /** Hears of events by their type. */
  on<Name extends EventName<S>>(
    types: Name | readonly Name[],
    handler: EventHandler<EventOf<S, Name>>,
    options?: Omit<Filter<S>, 'events'>,
  ): CoreSubscription
  /** Hears of the events that a filter lets pass. */
  subscribe<Name extends EventName<S> = EventName<S>>(
    filter: Filter<S, Name>,
    handler?: EventHandler<EventOf<S, Name>>,
  ): CoreSubscription
  onGap(listener: (gap: Gap) => void): Unlisten
  onCheckpoint(listener: (cursor: string) => void): Unlisten

  /**
   * Sends an event through the journal: durable, ordered, resumable.
   * @returns once it is stored
   * @throws RTB_CLIENT_OFFLINE RTB_CLIENT_QUEUE_FULL RTB_CLIENT_CLOSED, and what the hub says
   */
  publish(type: string, data?: unknown, options?: SendOptions): Promise<void>
  /**
   * Sends an event to who is there now, at most once.
   * @throws RTB_CLIENT_OFFLINE RTB_CLIENT_CLOSED, and what the hub says
   */
  signal(type: string, data?: unknown, options?: SendOptions): Promise<void>
  join(room: string): RoomHandle
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

/** A client with everything but live tables. */
export interface WholeClient<S extends SchemaShape = AnySchema> extends CoreClient<S>, Presence {
  /** Hears of events by their type. */
  on<Name extends EventName<S>>(
    types: Name | readonly Name[],
    handler: EventHandler<EventOf<S, Name>>,
    options?: Omit<Filter<S>, 'events'>,
  ): Subscription<EventOf<S, Name>>
  /** Hears of the events that a filter lets pass. */
  subscribe<Name extends EventName<S> = EventName<S>>(
    filter: Filter<S, Name>,
    handler?: EventHandler<EventOf<S, Name>>,
  ): Subscription<EventOf<S, Name>>
}
