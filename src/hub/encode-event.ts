import type { Event } from '../domain/event.ts'

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
  const text = JSON.stringify
  const oldData = event.oldData === null ? '' : `,"old_data":${event.oldData}`
  const priority = event.priority === 'normal' ? '' : `,"priority":"${event.priority}"`
  const truncated = event.truncated ? ',"truncated":true' : ''
  return (
    `{"event_type":${text(event.eventType)},"table":${text(event.table)},"id":${text(event.id)},` +
    `"timestamp":${text(event.at)},"data":${event.data}${oldData},"op":"${event.op}",` +
    `"event_id":${text(event.eventId)},"seq":${text(event.seq)},"tx":${text(event.tx)},` +
    `"origin":${text(event.origin)},"channel":${text(event.channel)}${priority}${truncated}`
  )
}
