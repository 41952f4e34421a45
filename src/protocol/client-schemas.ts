import { z } from 'zod'
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
  snapshot: z.literal(false, { error: 'is not available in this version of rtbridge' }).optional(),
  conflate_ms: z.number().int().min(minConflateMs).max(maxConflateMs).nullish(),
})

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
    subscriptions: z.array(subscriptionSchema).optional(),
  }),
  subscribe: subscriptionSchema.extend({ since: cursor }),
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
