import { splitObject } from '../../expressions/json-text.ts'
import type { RealtimeEventData } from '../../protocol/messages.ts'
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
export function formatEvent({ event, text }: ReceivedEvent, options: LineOptions): string {
  const transition = event.transition === undefined ? '' : `[${event.transition}] `
  return formatLine(event, `${transition}${splitObject(text).get('data') ?? 'null'}`, options)
}

/** Lays out a line. @param detail what stands at its end; cut to the width of the terminal */
export function formatLine(
  event: Pick<RealtimeEventData, 'timestamp' | 'event_type' | 'table' | 'id' | 'op'>,
  detail: string,
  { style, columns }: LineOptions,
): string {
  const time = formatTime(event.timestamp)
  const type = visibleText(event.event_type).padEnd(18)
  const subject = visibleText([event.table, event.id].filter(part => part !== null).join(' '))
  const used = time.length + type.length + subject.length + 3
  const text = visibleText(detail)
  const shown = columns === null ? text : clipText(text, Math.max(shortestData, columns - used))
  return `${style('dim', time)} ${style(colourOf(event.op), type)} ${subject} ${style('dim', shown)}`
}

const colours: Readonly<Record<RealtimeEventData['op'], Style>> = {
  INSERT: 'green',
  UPDATE: 'yellow',
  DELETE: 'red',
  TRUNCATE: 'red',
  PUBLISH: 'cyan',
}

function colourOf(op: RealtimeEventData['op']): Style {
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
