import * as z from 'zod'
import { defaultHistoryLimit, maxHistoryLimit } from './api-schemas.ts'
import {
  maxConflateMs,
  maxListLength,
  maxNameLength,
  maxTokenLength,
  maxWhereLength,
  minConflateMs,
  subscriptionSchema,
} from './client-schemas.ts'
import type { JsonSchema } from './json-schema.ts'
import { toJsonSchema } from './json-schema.ts'

/** A parameter of a query. */
export interface Parameter {
  readonly name: string
  readonly description: string
  readonly schema: JsonSchema
}

/** A list is repeated, or has commas between its entries. */
function list(name: string, description: string): Parameter {
  const items = { type: 'string', minLength: 1, maxLength: maxNameLength }
  return { name, description, schema: { type: 'array', maxItems: maxListLength, items } }
}

function text(name: string, description: string, maxLength: number): Parameter {
  return { name, description, schema: { type: 'string', maxLength } }
}

/** What selects events. Lists are OR inside and AND between. */
export const eventFilters: readonly Parameter[] = [
  list('events', 'Globs over event types: `BOOKING_*`'),
  list('tables', 'Globs over table names'),
  list('channels', 'Exact channel names'),
  list('rooms', 'Only events addressed to one of these rooms'),
  text('where', 'CEL over the row: `new.status == "OPEN"`', maxWhereLength),
]

/** Parameters of the event stream. */
export const eventStreamParameters: readonly Parameter[] = [
  ...eventFilters,
  {
    name: 'conflate_ms',
    description: 'Only the latest event of each row, at most once in this time',
    schema: { type: 'integer', minimum: minConflateMs, maximum: maxConflateMs },
  },
  {
    name: 'subscriptions',
    description:
      'JSON: a list of subscriptions as in `register`, in place of the parameters above; events name the ids they matched',
    schema: {
      type: 'string',
      contentMediaType: 'application/json',
      // Worked out when the document is written, not at each start.
      get contentSchema() {
        return toJsonSchema(z.array(subscriptionSchema), 'draft-2020-12')
      },
    },
  },
  text('last_event_id', 'Where to go on; the header Last-Event-ID counts more', maxTokenLength),
  text('app_name', 'A name for people', maxNameLength),
  text('client_id', 'A name that outlives the connection', maxNameLength),
]

/** Where a page of the history begins, and how long it is. */
export const historyParameters: readonly Parameter[] = [
  text(
    'cursor',
    'Where to begin; `now` = the present; without it the oldest event in the memory of the hub',
    maxTokenLength,
  ),
  {
    name: 'limit',
    description: 'Most events of the page; it may have fewer although there are more',
    schema: { type: 'integer', minimum: 1, maximum: maxHistoryLimit, default: defaultHistoryLimit },
  },
]
