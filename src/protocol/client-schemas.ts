import * as z from 'zod'
import type { ClientMessageData, ClientMessageType } from './messages.ts'

/** Longest id, event type, room, glob or name in a message, characters. */
export const maxNameLength = 200
/** Longest `where` whatever is configured, characters: as long as an expression can be. */
export const maxWhereLength = 4_000
/** Most entries of one list of a subscription. */
export const maxListLength = 100
/** Shortest and longest `conflate_ms`: below, merging saves nothing; above, the cursor would stand still for too long. */
export const minConflateMs = 50
export const maxConflateMs = 60_000
/** Longest cursor or token, characters. */
export const maxTokenLength = 16_384

/** Most rows that a `limit` can ask for. */
export const maxSnapshotRows = 100_000

const name = z.string().min(1).max(maxNameLength)
const names = z.array(name).max(maxListLength)
const cursor = z.string().max(maxTokenLength).nullish()

/** What is wrong with a key of an event that is not stored: it could promise nothing. */
export const onlyDurable = {
  path: ['idempotency_key'],
  error: 'is for events with `durable: true`',
}

/** What one subscription selects. */
export const subscriptionSchema = z.object({
  id: name,
  events: names.optional(),
  tables: names.optional(),
  channels: names.optional(),
  rooms: names.optional(),
  where: z.string().max(maxWhereLength).nullish(),
  conflate_ms: z.number().int().min(minConflateMs).max(maxConflateMs).nullish(),
})

/** One column to order the rows of a live table by. */
export const orderBySchema = z.object({
  column: name,
  direction: z.enum(['asc', 'desc']).optional(),
  nulls: z.enum(['first', 'last']).optional(),
})

/** A subscription that may bring the rows of a table. */
const liveSchema = subscriptionSchema.extend({
  snapshot: z.boolean().optional(),
  columns: names.optional(),
  order_by: z.array(orderBySchema).max(maxListLength).optional(),
  limit: z.number().int().min(1).max(maxSnapshotRows).optional(),
})

const shapes = ['columns', 'order_by', 'limit'] as const
const excluded = ['events', 'channels', 'rooms'] as const

/** What goes together with `snapshot`, and what does not. */
function checkLive({
  value,
  issues,
}: z.core.ParsePayload<z.infer<typeof liveSchema> & { since?: string | null | undefined }>): void {
  const refuse = (path: string, message: string) =>
    issues.push({ code: 'custom', path: [path], message, input: value })
  if (value.snapshot !== true) {
    const shape = shapes.find(each => value[each] !== undefined)
    if (shape !== undefined) refuse(shape, 'is only there with `snapshot: true`')
    return
  }
  if (value.tables?.length !== 1) refuse('tables', 'has to name exactly one table with `snapshot: true`')
  const other = excluded.find(each => (value[each] ?? []).length > 0)
  if (other !== undefined) refuse(other, 'does not go together with `snapshot: true`')
  if (value.since != null) refuse('since', 'does not go together with `snapshot: true`')
}

/**
 * The data of each client message. Unknown fields are dropped, so that newer clients work with older hubs.
 * Only hubs load this file; SDKs use the types of `messages.ts`.
 */
export const clientSchemas = {
  auth: z.object({ token: z.string().min(1).max(maxTokenLength) }),
  register: z.object({
    app_name: name,
    client_id: name.optional(),
    token: z.string().max(maxTokenLength).optional(),
    batch: z.boolean().optional(),
    resume: cursor,
    subscriptions: z.array(liveSchema.check(checkLive)).optional(),
  }),
  subscribe: liveSchema.extend({ since: cursor }).check(checkLive),
  unsubscribe: z.object({ id: name }),
  join: z.object({ room: name }),
  leave: z.object({ room: name }),
  presence: z.object({
    room: name.nullish(),
    subscribe: z.boolean().optional(),
    state: z.enum(['online', 'away']).optional(),
  }),
  custom_event: z
    .object({
      event_type: name,
      data: z.unknown().optional(),
      room: name.nullish(),
      durable: z.boolean().optional(),
      idempotency_key: name.optional(),
    })
    .refine(({ idempotency_key: key, durable }) => key === undefined || durable === true, onlyDurable),
  ping: z.looseObject({}),
} as const satisfies { readonly [Type in ClientMessageType]: z.ZodType<ClientMessageData[Type]> }

/** Everything a client can send. */
export const clientMessageTypes = Object.keys(clientSchemas) as readonly ClientMessageType[]

/** The envelope around it; old clients leave out `timestamp`, and `data` where a message has none. */
export const envelopeSchema = z.object({
  message_type: z.string(),
  data: z.unknown().optional(),
  message_id: name.nullish(),
})
