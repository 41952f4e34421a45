import type { Change } from '../domain/change.ts'
import { readRow } from '../expressions/row.ts'
import type { MappedChange } from './mapped-change.ts'

/** The room of `rtbridge.publish` that means: no restriction. */
const everybody = 'all'

/**
 * Turns what `rtbridge.publish(...)` journalled into one event. Its row is
 * `{"event_type": …, "room": …, "data": …}`.
 */
export function mapPublished(change: Change, incarnation: string): MappedChange {
  const row = readRow(change.newRow ?? '{}')
  const eventType = row.get('event_type')
  const room = row.get('room') ?? null
  if (typeof eventType !== 'string' || eventType === '' || (room !== null && typeof room !== 'string')) {
    const message = 'a published event has no event type, or a room that is not text'
    return {
      events: [],
      errors: [{ table: '', eventType: 'PUBLISH', field: 'event', location: null, message }],
    }
  }
  return {
    events: [
      {
        eventId: `${incarnation}-${change.seq}`,
        eventType,
        kind: 'published',
        op: 'PUBLISH',
        table: null,
        channel: null,
        id: null,
        at: change.at,
        data: row.raw('data') ?? 'null',
        oldData: null,
        seq: change.seq,
        tx: change.xid,
        origin: change.origin,
        truncated: change.truncated,
        rooms: room === null || room === everybody ? null : [room],
        roles: null,
        priority: 'normal',
        change,
      },
    ],
    errors: [],
  }
}
