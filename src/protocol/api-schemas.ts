import * as z from 'zod'
import { maxNameLength, onlyDurable } from './client-schemas.ts'
import { gapReasons, realtimeEventSchema } from './hub-schemas.ts'

/** Most and usual number of events of one page of the history. */
export const maxHistoryLimit = 1_000
export const defaultHistoryLimit = 100

const name = z.string().min(1).max(maxNameLength)

/** What the journal takes as the name of an event. */
const durableName = /^[A-Za-z][A-Za-z0-9_.:-]{0,99}$/

/** What `POST /api/publish` takes. */
export const publishSchema = z
  .strictObject({
    event_type: name.describe(
      'A name of your own; durable ones are a letter, then up to 99 letters, digits or _.:-',
    ),
    data: z.unknown().optional().describe('Any JSON value'),
    room: name.nullish().describe('Only to members of this room'),
    durable: z
      .boolean()
      .optional()
      .describe('True: through the journal, ordered and resumable. Default false: to who is connected now'),
    idempotency_key: name
      .optional()
      .describe(
        'With `durable`: the same key of the same sender is stored once, and answered with the same id',
      ),
    client_id: name
      .optional()
      .describe('Whose key it is where nobody signed in, as in `register`; without it that of the address'),
  })
  .refine(({ event_type: type, durable }) => durable !== true || durableName.test(type), {
    path: ['event_type'],
    error: 'a durable one is a letter, then up to 99 letters, digits or _.:-',
  })
  .refine(({ idempotency_key: key, durable }) => key === undefined || durable === true, onlyDurable)

/** What `POST /api/ticket` and `POST /api/test-event` take: nothing. */
export const nothingSchema = z.strictObject({})

const connectionSchema = z.object({
  id: z.string(),
  client_id: z.string().nullable().describe('Null before it registered'),
  app_name: z.string().nullable(),
  address: z.string(),
  transport: z.enum(['websocket', 'sse']),
  state: z.enum(['connected', 'registering', 'catching-up', 'live', 'behind', 'closed']),
  subscriptions: z.int(),
  rooms: z.array(z.string()),
  queued_bytes: z.int().describe('What waits for it'),
  user: z.string().nullable().describe('Null where nobody signed in'),
  roles: z.array(z.string()),
  lag_ms: z.int().describe('For how long it has been behind; 0 while it is live'),
  selects: z
    .array(
      z.object({
        id: z.string(),
        events: z.array(z.string()),
        tables: z.array(z.string()),
        channels: z.array(z.string()),
        rooms: z.array(z.string()),
        where: z.string().nullable(),
      }),
    )
    .describe('Its subscriptions, the first 20'),
})

const deliveries = [
  'sent',
  'waiting',
  'behind',
  'begins-later',
  'not-registered',
  'not-for-it',
  'unknown',
] as const

const traceSchema = z.object({
  read: z.boolean().describe('The hub has read the journal as far, and given out what it made'),
  events: z
    .array(z.object({ event_type: z.string(), event_id: z.string() }))
    .nullable()
    .describe('What it made; null when its memory does not reach back as far'),
  total: z.int().describe('Connections of this hub'),
  connections: z
    .array(
      z.object({
        id: z.string(),
        client_id: z.string().nullable(),
        app_name: z.string().nullable(),
        address: z.string(),
        user: z.string().nullable(),
        state: z.string(),
        lag_ms: z.int(),
        delivery: z.enum(deliveries).describe('How far its stream is'),
        events: z.array(
          z.object({
            event_type: z.string(),
            delivery: z.enum(deliveries),
            result: z
              .enum(['selected', 'own', 'room', 'role', 'policy', 'subscriptions', 'unknown'])
              .describe('Why it is for it, or not, by its subscriptions, rooms and rights of now'),
            subscriptions: z.array(z.string()),
            misses: z.array(
              z.object({ id: z.string(), by: z.enum(['events', 'tables', 'channels', 'rooms', 'where']) }),
            ),
          }),
        ),
      }),
    )
    .describe('The first 200'),
})

const connectionId = z.string().min(1).max(maxNameLength).describe('`id` of GET /api/connections')

const tableName = z.string().min(1).max(maxNameLength).describe('As in GET /api/tables')
const operation = z.enum(['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'])
const position = z
  .string()
  .regex(/^\d{1,19}$/)
  .refine(text => BigInt(text) < 2n ** 63n, { error: 'is too large' })

/** A row as text, so that no number of it passes through a double. */
const rowText = z
  .string()
  .max(60_000)
  .refine(isRow, { error: 'is not a JSON object' })
  .nullable()
  .describe('The row as JSON text; null where the operation has none')

function isRow(text: string): boolean {
  try {
    const row: unknown = JSON.parse(text)
    return typeof row === 'object' && row !== null && !Array.isArray(row)
  } catch {
    return false
  }
}

/** A change, to be explained. */
const explainSchema = z.discriminatedUnion('from', [
  z
    .strictObject({
      from: z.literal('journal'),
      tx: position.describe('`tx` of an event'),
      seq: position.describe('`seq` of the same event'),
    })
    .describe('A change that is in the journal'),
  z
    .strictObject({ from: z.literal('last'), table: tableName, op: operation })
    .describe('The last change of a table'),
  z
    .strictObject({
      from: z.literal('row'),
      table: tableName,
      op: operation,
      old: rowText,
      new: rowText,
      origin: z.string().max(200).nullable().default(null),
    })
    .refine(({ op, old }) => (old !== null) === (op === 'UPDATE' || op === 'DELETE'), {
      path: ['old'],
      error: 'is a row for UPDATE and DELETE, else null',
    })
    .refine(({ op, new: row }) => (row !== null) === (op === 'UPDATE' || op === 'INSERT'), {
      path: ['new'],
      error: 'is a row for INSERT and UPDATE, else null',
    })
    .describe('Rows that nobody has stored'),
])

/** What the operations of admins take. */
export const adminBodies = {
  disconnect: z.strictObject({ connection: connectionId }),
  message: z.strictObject({
    connection: connectionId,
    text: z.string().trim().min(1).max(2_000).describe('Comes as `data.text` of RTBRIDGE_MESSAGE'),
  }),
  explain: explainSchema,
  signIn: z.strictObject({ link: z.string().min(1).max(100).describe('What stands behind `#`') }),
} as const

const tableSchema = z.object({
  table: z.string(),
  channel: z.string().nullable(),
  changes: z.int().describe('Since this hub started'),
  events: z.int(),
  last_at: z.string().nullable(),
})

const ruleSchema = z.object({
  event_type: z.string(),
  table: z.string().describe('The pattern of its tables'),
  on: z.array(z.string()),
  when: z.string().nullable(),
  rooms: z.array(z.string()),
  source: z.string().describe('`file:line:column`'),
  events: z.int().describe('Since this hub started'),
  last_at: z.string().nullable(),
  failures: z.int(),
  last_failure: z.string().nullable(),
})

/** What the API answers, by operation. */
export const apiAnswers = {
  publish: z.object({
    event_id: z.string().nullable().describe('Receivers get it with the event; null when it is not known'),
  }),
  history: z.object({
    events: z.array(realtimeEventSchema),
    cursor: z.string().describe('Where the next page begins; also good for `resume` and `Last-Event-ID`'),
    more: z.boolean().describe('False when the present was reached'),
    unfinished: z
      .int()
      .describe('Events left out because `where` or globs took too much work (`limits.filter_work`) to tell'),
  }),
  connections: z.object({ connections: z.array(connectionSchema) }),
  trace: traceSchema,
  rooms: z.object({ rooms: z.array(z.object({ room: z.string(), members: z.int() })) }),
  presence: z.object({
    room: z.string().nullable(),
    members: z.array(
      z.object({
        user: z.string().nullable().describe('Null where nobody signed in'),
        client_id: z.string().nullable().describe('Null for a user, who may have several'),
        app_names: z.array(z.string()),
        state: z.enum(['online', 'away', 'offline']),
        since: z.string().describe('When the hub saw the state change'),
      }),
    ),
    total: z.int(),
  }),
  stats: z.looseObject({ connections: z.int(), counters: z.record(z.string(), z.int()) }),
  ticket: z.object({ ticket: z.string(), expires_at: z.iso.datetime() }),
  disconnect: z.object({ disconnected: z.literal(true) }),
  message: z.object({ delivered: z.boolean().describe('False: none of its subscriptions is for it') }),
  explain: z.looseObject({
    change: z.looseObject({ table: z.string(), op: z.string() }),
    left_out: z.enum(['unchanged', 'excluded-only']).nullable().describe('Why it is not journalled'),
    event: z.looseObject({}).nullable().describe('The table event, or the published one'),
    rules: z.array(
      z.looseObject({
        event_type: z.string(),
        location: z.string().describe('`file:line:column`'),
        result: z.enum(['fired', 'other-operation', 'condition-false', 'failed', 'left-out']),
        when: z
          .looseObject({ text: z.string(), value: z.string().nullable(), decides: z.boolean() })
          .nullable()
          .describe('The condition, taken apart: each part with what it looked at'),
      }),
    ),
  }),
  doctor: z.object({
    version: z.literal(1),
    state: z.enum(['ok', 'warning', 'problem']),
    checked_at: z.iso.datetime(),
    checks: z.array(
      z.looseObject({
        name: z.string(),
        state: z.enum(['ok', 'warning', 'problem', 'skipped']),
        found: z.string(),
        findings: z.array(
          z.looseObject({
            level: z.enum(['warning', 'problem']),
            what: z.string(),
            fix: z.string().nullable().describe('A command or SQL that mends it'),
          }),
        ),
      }),
    ),
  }),
  tables: z.object({ tables: z.array(tableSchema), rules: z.array(ruleSchema) }),
  signedOut: z.object({ ended: z.boolean().describe('False when it was no session') }),
  dashboard: z.object({ admin: z.boolean(), user: z.string().nullable() }),
  session: z.object({ token: z.string(), expires_at: z.iso.datetime() }),
  link: z.object({ link: z.string(), expires_at: z.iso.datetime() }),
  testEvent: z.object({ event_id: z.string().nullable() }),
} as const

/** A problem document. @see https://www.rfc-editor.org/rfc/rfc9457 */
export const problemSchema = z.looseObject({
  type: z.string().describe('`urn:rtbridge:error:` and the code'),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string().describe('The same as in frames and logs, see docs/errors.md'),
  hint: z.string().describe('What to do next'),
  reason: z.enum(gapReasons).optional().describe('With RTB_CURSOR_GAP'),
  cursor: z.string().optional().describe('With RTB_CURSOR_GAP: where to go on after reloading'),
  retry_ms: z
    .number()
    .optional()
    .describe('With RTB_CUSTOM_EVENT_FAILED: the same may be taken after so many ms'),
})
