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

export interface RegisterData {
  readonly app_name: string
  /** A name for this client that outlives its connections; made up by the hub when missing. */
  readonly client_id?: string | undefined
  readonly token?: string | undefined
  /** True: events come in `events` frames instead of one frame each; default false. */
  readonly batch?: boolean | undefined
  /** The last cursor this client got; null or missing starts from now. */
  readonly resume?: string | null | undefined
  /** Missing: one subscription `default` that selects everything the client may see. */
  readonly subscriptions?: readonly SubscriptionRequest[] | undefined
}

export interface AuthData {
  /** A key or a JWT: signs in before `register`, renews the sign-in after it. */
  readonly token: string
}

export interface SubscribeData extends SubscriptionRequest {
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
export type GapReasonWord = 'retention' | 'incarnation' | 'unreadable' | 'future'

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
  }
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
  readonly subscribed: Reply & {
    readonly id: string
    readonly cursor: string
    readonly resumed: Resumed
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
