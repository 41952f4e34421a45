/** Version of this protocol, sent in `registered`. It grows only when an old client could misread a frame. */
export const protocolVersion = 1

/** Every frame, in both directions: a JSON object in one WebSocket text frame. */
export interface Envelope<Type extends string, Data> {
  readonly message_type: Type
  readonly data: Data
  /** ISO 8601; a client may leave it out. */
  readonly timestamp: string
}

/** What one subscription selects. Lists are OR inside and AND between; a missing or empty list is no restriction. */
export interface SubscriptionRequest {
  /** The client's own name for it, unique within its connection. */
  readonly id: string
  /** Globs over event types (`*`, `?`). */
  readonly events?: readonly string[] | undefined
  /** Globs over table names. */
  readonly tables?: readonly string[] | undefined
  /** Exact channel names. */
  readonly channels?: readonly string[] | undefined
  /** Only events addressed to one of these rooms; the connection becomes a member of them. */
  readonly rooms?: readonly string[] | undefined
  /** CEL over the row. */
  readonly where?: string | null | undefined
  /** Only the latest event per row, at most once in this time, 50 to 60,000 ms; missing or null = every event, at once. */
  readonly conflate_ms?: number | null | undefined
}

/** One column to order the rows of a live table by. */
export interface OrderBy {
  readonly column: string
  /** Default `asc`. */
  readonly direction?: 'asc' | 'desc' | undefined
  /** Where NULL goes; default as in SQL: last when ascending, first when descending. */
  readonly nulls?: 'first' | 'last' | undefined
}

/** A live table: its rows as they are now, then every change of them. */
export interface SnapshotRequest {
  /** True: `tables` names exactly one table, literally, and the subscription gets its table events only. */
  readonly snapshot?: boolean | undefined
  /** Columns of the rows in `snapshot`, besides the key; missing = all. Events carry whole rows. */
  readonly columns?: readonly string[] | undefined
  /** Order of the rows in `snapshot`; the key decides among equals. */
  readonly order_by?: readonly OrderBy[] | undefined
  /** Only the first rows in that order, 1 to 100,000; missing = all. Events come of all rows. */
  readonly limit?: number | undefined
}

export interface RegisterData {
  readonly app_name: string
  /** A name for this client that outlives its connections; made up by the hub when missing. */
  readonly client_id?: string | undefined
  readonly token?: string | undefined
  /** True: events come in `events` frames instead of one frame each; default false. */
  readonly batch?: boolean | undefined
  /** The last cursor this client got; null or missing starts from now. */
  readonly resume?: string | null | undefined
  /**
   * Missing: one subscription `default` that selects everything the client may see. One with `snapshot` is handled as if
   * it had come in a `subscribe` right after `registered`.
   */
  readonly subscriptions?: readonly (SubscriptionRequest & SnapshotRequest)[] | undefined
}

export interface AuthData {
  /** A key or a JWT: signs in before `register`, renews the sign-in after it. */
  readonly token: string
}

export interface SubscribeData extends SubscriptionRequest, SnapshotRequest {
  /** Replays what came after this cursor, for this subscription only. */
  readonly since?: string | null | undefined
}

export interface CustomEventData {
  readonly event_type: string
  /** Any JSON value. */
  readonly data?: unknown
  /** Only to members of this room. */
  readonly room?: string | null | undefined
  /** True: through the journal, so that it is ordered, resumable and survives; default false. */
  readonly durable?: boolean | undefined
  /** Only with `durable`: the same key of the same sender is stored once, however often and wherever it is sent. */
  readonly idempotency_key?: string | undefined
}

export interface PresenceData {
  /** Null or missing: who is there at all, of its own tenant where there are tenants. */
  readonly room?: string | null | undefined
  /** True: `presence_event` from now on; false: no more. */
  readonly subscribe?: boolean | undefined
  /** Its own state, in all its rooms. */
  readonly state?: 'online' | 'away' | undefined
}

export interface ClientMessageData {
  readonly auth: AuthData
  readonly register: RegisterData
  readonly subscribe: SubscribeData
  readonly unsubscribe: { readonly id: string }
  readonly join: { readonly room: string }
  readonly leave: { readonly room: string }
  readonly presence: PresenceData
  readonly custom_event: CustomEventData
  readonly ping: Readonly<Record<string, unknown>>
}

export type ClientMessageType = keyof ClientMessageData

/** A message of a client, checked. `messageId` is the optional `message_id` of its envelope. */
export type ClientMessage = {
  [Type in ClientMessageType]: {
    readonly type: Type
    readonly data: ClientMessageData[Type]
    readonly messageId: string | null
  }
}[ClientMessageType]

/** Whether a row came into a subscription's `where`, went out of it, or was in before and after. */
export type Transition = 'enter' | 'leave' | 'stay'

export interface RealtimeEventData {
  readonly event_type: string
  readonly table: string | null
  readonly id: string | null
  /** The key the row had before, as text; only when an UPDATE changed it. */
  readonly old_id?: string
  readonly timestamp: string
  readonly data: unknown
  readonly old_data?: unknown
  readonly op: 'INSERT' | 'UPDATE' | 'DELETE' | 'TRUNCATE' | 'PUBLISH'
  /** The same on every hub and in every replay: drop an event whose id was seen. */
  readonly event_id: string
  /** Journal position, decimal text; null for a custom event that was not durable. */
  readonly seq: string | null
  /** Writing transaction, decimal text; null like `seq`. */
  readonly tx: string | null
  readonly origin: string | null
  readonly channel: string | null
  /** Missing means `normal`. */
  readonly priority?: 'low' | 'high' | 'urgent'
  /** True: the row was too big for the journal, `data` holds its key only. */
  readonly truncated?: true
  /** Only when a matching subscription has a `where`. */
  readonly transition?: Transition
  /** That of each of `subscriptions`, when they are not the same; null where nothing tells. */
  readonly transitions?: Readonly<Record<string, Transition | null>>
  /** How many earlier events of the row this one stands for besides itself, by `conflate_ms`; missing = none. */
  readonly conflated?: number
  /** Ids of the subscriptions it matched. */
  readonly subscriptions: readonly string[]
}

/** Somebody who is in a room, or was not long ago; several connections of one user are one. */
export interface PresenceMemberData {
  /** Null where nobody signed in. */
  readonly user: string | null
  /** Null for a user, who may have several. */
  readonly client_id: string | null
  /** Of his connections; when he went, of the last one. */
  readonly app_names: readonly string[]
  /** `away` when all of his connections are. */
  readonly state: 'online' | 'away' | 'offline'
  /** When the hub saw the state change. */
  readonly since: string
}

/** How the stream begins: now, where the client left it, or now with a hole before it. */
export type Resumed = 'fresh' | 'resumed' | 'gap'
export type GapReasonWord = 'retention' | 'capture' | 'incarnation' | 'unreadable' | 'future'

/** A column of a live table. */
export interface ColumnData {
  readonly name: string
  /** PostgreSQL's name of the type, of a domain its base type: `integer`, `numeric`, `timestamp with time zone`. */
  readonly type: string
}

/** Another hub of the same database. */
export interface HubAddressData {
  readonly hub_id: string
  /** `ws://host:port/` or `wss://host:port/` */
  readonly url: string
}

/** Direct answers repeat the `message_id` of what they answer, when there was one. */
interface Reply {
  readonly in_reply_to?: string
}

export interface HubMessageData {
  readonly registered: Reply & {
    readonly client_id: string
    readonly hub_id: string
    readonly protocol: number
    readonly cursor: string
    readonly resumed: Resumed
    readonly heartbeat_ms: number
    /** The other hubs of the database that a client can go to; missing = none is known. */
    readonly hubs?: readonly HubAddressData[]
  }
  /** The other hubs have changed: all of them, as they are now. */
  readonly hubs: { readonly hubs: readonly HubAddressData[] }
  readonly authenticated: Reply & {
    readonly user: string | null
    readonly roles: readonly string[]
    readonly tenant: string | null
    /** ISO 8601; null = never. Renew with `auth` before. */
    readonly expires_at: string | null
  }
  readonly realtime_event: RealtimeEventData
  readonly events: {
    readonly events: readonly RealtimeEventData[]
    /** Missing in the replay of a single subscription: it is no position of the whole stream. */
    readonly cursor?: string
    /** True when `cursor` is also a checkpoint. */
    readonly checkpoint: boolean
  }
  readonly checkpoint: { readonly cursor: string }
  readonly gap: { readonly reason: GapReasonWord; readonly cursor: string; readonly action: 'reload' }
  /** Rows of a live table, `part` 0 first and always sent; it replaces whatever was known of the subscription. */
  readonly snapshot: {
    readonly id: string
    readonly part: number
    /** Keys of the rows, as text: `id` of their events. */
    readonly ids: readonly string[]
    readonly rows: readonly unknown[]
    /** Ids among them whose rows were too big: they hold the key only. */
    readonly truncated?: readonly string[]
    /** Of part 0: the columns of the key, in order. */
    readonly key?: readonly string[]
    /** Of part 0: the columns of the rows. */
    readonly columns?: readonly ColumnData[]
    /** Of part 0, true: a TRUNCATE may speak of some of the rows only; take the snapshot anew. */
    readonly partitioned?: boolean
  }
  /** The rows are those of the database at `cursor`; events of the subscription follow from there, then `subscribed`. */
  readonly snapshot_end: {
    readonly id: string
    readonly cursor: string
    /** How many rows were sent. */
    readonly count: number
    /** There are more in that order than `limit`. */
    readonly more: boolean
  }
  readonly subscribed: Reply & {
    readonly id: string
    readonly cursor: string
    readonly resumed: Resumed
    /** Only with `snapshot`: true when what was received equals the database at `cursor`; else a `checkpoint` follows. */
    readonly checkpoint?: boolean
    /** Only with `resumed: "gap"`. */
    readonly reason?: GapReasonWord
  }
  readonly unsubscribed: Reply & { readonly id: string }
  readonly joined: Reply & { readonly room: string }
  readonly left: Reply & {
    readonly room: string
    /** `denied`: the right to be there is gone; missing when the client asked to leave. */
    readonly reason?: 'denied'
  }
  readonly presence: Reply & {
    readonly room: string | null
    readonly members: readonly PresenceMemberData[]
    /** How many there are; more than `members` where not all fit. */
    readonly total: number
  }
  /** What has changed since `presence`, or the last of these. */
  readonly presence_event: { readonly room: string | null; readonly members: readonly PresenceMemberData[] }
  readonly ack: { readonly in_reply_to: string }
  readonly pong: Reply
  readonly status: { readonly state: 'live' | 'stale'; readonly since: string; readonly reason?: string }
  readonly error: {
    readonly code: string
    readonly message: string
    readonly hint: string
    /** The `message_id` when there was one, else the `message_type`; null when it could not be read. */
    readonly in_reply_to: string | null
    /** The id of the subscription that it is about, where it is about one. */
    readonly subscription?: string
    /** Set when the same message would be taken after so many ms. */
    readonly retry_ms?: number
  }
  readonly going_away: { readonly reason: string; readonly retry_ms: number }
}

export type HubMessageType = keyof HubMessageData

/** Any frame the hub sends. */
export type HubMessage = {
  [Type in HubMessageType]: Envelope<Type, HubMessageData[Type]>
}[HubMessageType]
