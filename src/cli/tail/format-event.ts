import { splitObject } from '../../expressions/json-text.ts'
import type { Output, Style } from '../output.ts'
import { clipText, visibleText } from '../visible-text.ts'
import type { ReceivedEvent } from './read-frame.ts'

/** Data of an event on one line is cut to what is left of the terminal, and never below this, characters. */
const shortestData = 40

export interface LineOptions {
  readonly style: Output['style']
  /** Width of the terminal; null = data are not cut. */
  readonly columns: number | null
}

/** An event as one line for people: time, event, table and key, data. */
export function formatEvent({ event, text }: ReceivedEvent, { style, columns }: LineOptions): string {
  const time = formatTime(event.timestamp)
  const type = visibleText(event.event_type).padEnd(18)
  const subject = visibleText([event.table, event.id].filter(part => part !== null).join(' '))
  const transition = event.transition === undefined ? '' : `[${event.transition}] `
  const data = transition + visibleText(splitObject(text).get('data') ?? 'null')
  const used = time.length + type.length + subject.length + 3
  const shown = columns === null ? data : clipText(data, Math.max(shortestData, columns - used))
  return `${style('dim', time)} ${style(colourOf(event.op), type)} ${subject} ${style('dim', shown)}`
}

const colours: Readonly<Record<ReceivedEvent['event']['op'], Style>> = {
  INSERT: 'green',
  UPDATE: 'yellow',
  DELETE: 'red',
  TRUNCATE: 'red',
  PUBLISH: 'cyan',
}

function colourOf(op: ReceivedEvent['event']['op']): Style {
  return colours[op] ?? 'cyan'
}

/** `14:03:07.250`, on this machine's clock; as it came when it is no time. */
function formatTime(timestamp: string): string {
  const date = new Date(timestamp)
  if (Number.isNaN(date.getTime())) return visibleText(timestamp)
  const part = (value: number, digits = 2) => String(value).padStart(digits, '0')
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(value => part(value)).join(':')
  return `${clock}.${part(date.getMilliseconds(), 3)}`
}
