import * as z from 'zod'
import type { HubMessageData, HubMessageType } from './messages.ts'

const inReplyTo = z.string().exactOptional().describe('The `message_id` of what it answers')
const cursor = z.string().describe('An opaque position of the stream')
const timestamp = z.iso.datetime()
const resumed = z.enum(['fresh', 'resumed', 'gap'])

/** Why a cursor cannot be continued from. */
export const gapReasons = ['retention', 'capture', 'incarnation', 'unreadable', 'future'] as const
const gapReason = z.enum(gapReasons)

/** One event. */
export const realtimeEventSchema = z.object({
  event_type: z.string(),
  table: z.string().nullable(),
  id: z.string().nullable().describe('The key of the row as text'),
  old_id: z.string().exactOptional().describe('The key before, when an UPDATE changed it'),
  timestamp: z.string().describe('When the row was written, RFC 3339'),
  data: z.unknown().describe('The row, or the data of the rule'),
  old_data: z.unknown().exactOptional().describe('The row before an UPDATE'),
  op: z.enum(['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'PUBLISH']),
  event_id: z.string().describe('The same on every hub and in every replay'),
  seq: z.string().nullable().describe('Position in the journal; null for signals'),
  tx: z.string().nullable().describe('Writing transaction; null for signals'),
  origin: z.string().nullable(),
  channel: z.string().nullable(),
  priority: z.enum(['low', 'high', 'urgent']).exactOptional().describe('Missing means normal'),
  truncated: z.literal(true).exactOptional().describe('The row was too big: `data` holds its key only'),
  transition: z.enum(['enter', 'leave', 'stay']).exactOptional().describe('Only with a `where`'),
  transitions: z
    .record(z.string(), z.enum(['enter', 'leave', 'stay']).nullable())
    .exactOptional()
    .describe('That of each of `subscriptions`, when they are not the same; null where nothing tells'),
  conflated: z.int().exactOptional().describe('How many earlier events of the row it stands for'),
  subscriptions: z.array(z.string()).describe('Ids of the subscriptions it matched'),
})

const presenceMember = z.object({
  user: z.string().nullable().describe('Null where nobody signed in'),
  client_id: z.string().nullable().describe('Null for a user, who may have several'),
  app_names: z.array(z.string()),
  state: z.enum(['online', 'away', 'offline']),
  since: timestamp,
})

const hubAddresses = z
  .array(z.object({ hub_id: z.string(), url: z.string() }))
  .describe('The other hubs of the database')

/** The data of each message of the hub. */
export const hubSchemas = {
  registered: z.object({
    client_id: z.string(),
    hub_id: z.string(),
    protocol: z.int(),
    cursor,
    resumed,
    heartbeat_ms: z.number(),
    hubs: hubAddresses.exactOptional(),
    in_reply_to: inReplyTo,
  }),
  hubs: z.object({ hubs: hubAddresses }),
  authenticated: z.object({
    user: z.string().nullable(),
    roles: z.array(z.string()),
    tenant: z.string().nullable(),
    expires_at: z.string().nullable().describe('ISO 8601; null = never. Renew with `auth` before.'),
    in_reply_to: inReplyTo,
  }),
  realtime_event: realtimeEventSchema,
  events: z.object({
    events: z.array(realtimeEventSchema),
    cursor: cursor.exactOptional(),
    checkpoint: z.boolean().describe('True when `cursor` is also a checkpoint'),
  }),
  checkpoint: z.object({ cursor }),
  gap: z.object({ reason: gapReason, cursor, action: z.literal('reload') }),
  snapshot: z.object({
    id: z.string().describe('The subscription'),
    part: z.int().describe('0, 1, …; part 0 replaces whatever was known of the subscription'),
    ids: z.array(z.string()).describe('Keys of the rows as text'),
    rows: z.array(z.unknown()),
    truncated: z.array(z.string()).exactOptional().describe('Ids of rows that hold the key only'),
    key: z.array(z.string()).exactOptional().describe('Columns of the key; with part 0'),
    columns: z
      .array(z.object({ name: z.string(), type: z.string() }))
      .exactOptional()
      .describe('Columns of the rows; with part 0'),
    partitioned: z.boolean().exactOptional().describe('A TRUNCATE may speak of some rows only; with part 0'),
  }),
  snapshot_end: z.object({
    id: z.string(),
    cursor,
    count: z.int().describe('Rows that were sent'),
    more: z.boolean().describe('There are more in that order than `limit`'),
  }),
  subscribed: z.object({
    id: z.string(),
    cursor,
    resumed,
    checkpoint: z
      .boolean()
      .exactOptional()
      .describe('With `snapshot`: what was received equals the database at `cursor`'),
    reason: gapReason.exactOptional(),
    in_reply_to: inReplyTo,
  }),
  unsubscribed: z.object({ id: z.string(), in_reply_to: inReplyTo }),
  joined: z.object({ room: z.string(), in_reply_to: inReplyTo }),
  left: z.object({
    room: z.string(),
    reason: z.literal('denied').exactOptional().describe('The right to be there is gone'),
    in_reply_to: inReplyTo,
  }),
  presence: z.object({
    room: z.string().nullable().describe('Null: who is there at all'),
    members: z.array(presenceMember),
    total: z.int().describe('How many there are; more than `members` where not all fit'),
    in_reply_to: inReplyTo,
  }),
  presence_event: z.object({ room: z.string().nullable(), members: z.array(presenceMember) }),
  ack: z.object({ in_reply_to: z.string() }),
  pong: z.object({ in_reply_to: inReplyTo }),
  status: z.object({
    state: z.enum(['live', 'stale']),
    since: timestamp,
    reason: z.string().exactOptional(),
  }),
  error: z.object({
    code: z.string(),
    message: z.string(),
    hint: z.string(),
    in_reply_to: z.string().nullable(),
    subscription: z.string().exactOptional().describe('The subscription that it is about'),
    retry_ms: z.number().exactOptional().describe('The same message would be taken after so many ms'),
  }),
  going_away: z.object({ reason: z.string(), retry_ms: z.number() }),
} as const satisfies { readonly [Type in HubMessageType]: z.ZodType<HubMessageData[Type]> }

/** Everything a hub can send. */
export const hubMessageTypes = Object.keys(hubSchemas) as readonly HubMessageType[]
