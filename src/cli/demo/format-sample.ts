import { splitObject } from '../../expressions/json-text.ts'
import { textOf } from '../../expressions/row-key.ts'
import type { LineOptions } from '../tail/format-event.ts'
import { formatLine } from '../tail/format-event.ts'
import type { ReceivedEvent } from '../tail/read-frame.ts'

/** Keys and times fill a line and say little to who looks on. */
const dull = /^"([0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\d[^"]*)"$|^null$/
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
  return [...splitObject(data)]
    .filter(([, raw]) => !dull.test(raw))
    .map(([name, raw]) => `${name}=${textOf(raw)}`)
    .join(' ')
}
