// Apps whose `lib` is ES2022 do not know `Disposable`: without this line the types would not compile there.
/// <reference lib="esnext.disposable" preserve="true" />
import type { AnySchema, EventName, EventOf, SchemaShape } from './api/schema.ts'
import type { ConnectionStatus } from './connection/connection-status.ts'
import type { Unlisten } from './platform/listeners.ts'
import type { Presence } from './presence/presence-handle.ts'
import type { SendOptions } from './sending/send-options.ts'
import type { EventHandler, Filter } from './subscriptions/filter.ts'
import type { CoreSubscription, Gap, RoomHandle, Subscription } from './subscriptions/subscription.ts'

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
