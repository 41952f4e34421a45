import type { Event } from '../../domain/event.ts'
import { oldIdOf } from './old-id-of.ts'

/** An event as frames need it; a custom event that was not durable has no `seq` and no `tx`. */
export interface EncodableEvent extends Omit<Event, 'seq' | 'tx'> {
  readonly seq: string | null
  readonly tx: string | null
}

/**
 * The JSON object of an event without what differs between receivers, and without its closing brace. `data` and
 * `oldData` are spliced in as the text they are: no number passes through a double.
 */
export function encodeEvent(event: EncodableEvent): string {
  const oldId = readOldId(event)
  const oldData = event.oldData === null ? '' : `,"old_data":${event.oldData}`
  const priority = event.priority === 'normal' ? '' : `,"priority":"${event.priority}"`
  const truncated = event.truncated ? ',"truncated":true' : ''
  return (
    `{"event_type":${quoted(event.eventType)},"table":${quoted(event.table)},"id":${quoted(event.id)}${oldId},` +
    `"timestamp":${quoted(event.at)},"data":${event.data}${oldData},"op":"${event.op}",` +
    `"event_id":${quoted(event.eventId)},"seq":${quoted(event.seq)},"tx":${quoted(event.tx)},` +
    `"origin":${quoted(event.origin)},"channel":${quoted(event.channel)}${priority}${truncated}`
  )
}

function readOldId(event: EncodableEvent): string {
  try {
    const oldId = oldIdOf(event)
    return oldId === null ? '' : `,"old_id":${quoted(oldId)}`
  } catch {
    // A row that cannot be opened has no key to tell.
    return ''
  }
}

/** Printable ASCII that needs no escape: nearly every name, key and time. */
const plain = /^[ !#-[\]-~]*$/

/** A text as JSON; several times as fast as `JSON.stringify` for plain ones. */
function quoted(text: string | null): string {
  return text !== null && plain.test(text) ? `"${text}"` : JSON.stringify(text)
}
