import { hubMessageTypes } from './hub-schemas.ts'
import type { HubMessageData, HubMessageType } from './messages.ts'

/** Names that a block of the stream may have for another reason than an event of that type. */
const reservedNames: readonly string[] = [
  ...hubMessageTypes,
  // Browsers raise these on the same object.
  'open',
  'message',
]

/** What no name of a block can hold: it ends the line, or the browser drops it. */
const unspeakable = /[\r\n\0]/

/**
 * The name of the block that carries an event: its type. A type that is the name of one of the hub's own messages, or
 * that cannot stand on a line, comes as `realtime_event`; `event_type` in its data is always there.
 */
export function sseEventName(eventType: string): string {
  const isSpeakable = eventType !== '' && !unspeakable.test(eventType)
  return isSpeakable && !reservedNames.includes(eventType) ? eventType : 'realtime_event'
}

/**
 * One block of an event stream.
 * @param json one JSON text
 * @param id the position after it; null leaves the client's last one as it is
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export function encodeSseBlock(name: string, json: string, id: string | null): string {
  const position = id === null ? '' : `id: ${id}\n`
  return `event: ${name}\n${position}data: ${oneLine(json)}\n\n`
}

/** A message of the hub as a block. The messages that say where the stream stands carry their cursor as `id`. */
export function encodeSseMessage<Type extends HubMessageType>(
  type: Type,
  data: HubMessageData[Type],
): string {
  const block = encodeSseBlock(type, JSON.stringify(data), positionIn(type, data))
  return type === 'going_away' ? `${encodeSseRetry(retryMsOf(data))}${block}` : block
}

/** Tells the client how long to wait before it connects again. */
export function encodeSseRetry(retryMs: number): string {
  return `retry: ${retryMs}\n`
}

const moving: readonly string[] = ['registered', 'checkpoint', 'gap']

function positionIn(type: string, data: object): string | null {
  return moving.includes(type) && 'cursor' in data && typeof data.cursor === 'string' ? data.cursor : null
}

function retryMsOf(data: object): number {
  return 'retry_ms' in data && typeof data.retry_ms === 'number' ? data.retry_ms : 0
}

/** Inside a string JSON escapes line ends; those between values mean as much as a space. */
function oneLine(json: string): string {
  return /[\r\n]/.test(json) ? json.replace(/[\r\n]+/g, ' ') : json
}
