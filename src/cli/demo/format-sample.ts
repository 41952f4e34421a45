import { splitObject } from '../../expressions/json-text.ts'
import { textOf } from '../../expressions/row-key.ts'
import type { LineOptions } from '../tail/format-event.ts'
import { formatLine } from '../tail/format-event.ts'
import type { ReceivedEvent } from '../tail/read-frame.ts'

/** What is interesting in the sample, in the order in which it is shown. */
const labels: ReadonlyMap<string, string> = new Map([
  ['plate', 'plate'],
  ['license_plate', 'plate'],
  ['vehicle_license_plate', 'plate'],
  ['destination', 'to'],
  ['destination_id', 'to'],
  ['seats', 'seats'],
  ['seats_booked', 'seats'],
  ['seats_taken', 'seats'],
  ['queue_position', 'place'],
  ['available_seats', 'free'],
  ['amount', 'amount'],
  ['total_amount', 'amount'],
  ['status', 'status'],
])
/** Characters of an id that tell rows apart well enough. */
const idLength = 8
/** The longest table name of the sample. */
const tableWidth = 13

/** An event of the sample station as one short line: time, event, table, beginning of the key, what is interesting. */
export function formatSample({ event, text }: ReceivedEvent, options: LineOptions): string {
  const id = event.id === null ? null : event.id.slice(0, idLength)
  const table = event.table?.padEnd(tableWidth) ?? null
  return formatLine({ ...event, table, id }, describeFields(text), options)
}

function describeFields(text: string): string {
  const data = splitObject(text).get('data') ?? 'null'
  if (!data.startsWith('{')) return data
  const row = splitObject(data)
  return [...labels]
    .filter(([column]) => row.has(column) && row.get(column) !== 'null')
    .map(([column, label]) => `${label}=${textOf(row.get(column) ?? '')}`)
    .join(' ')
}
