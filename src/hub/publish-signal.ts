import { isPersonalRoom } from '../domain/automatic-room.ts'
import type { Signal } from '../domain/signal-bus.ts'
import type { Connection } from './connections/connection.ts'
import type { HubContext } from './context.ts'
import { framesOf } from './feed/delivery.ts'
import { matchConcerns } from './matching/profile.ts'
import type { EncodableEvent } from './stream/encode-event.ts'
import { EncodedEvent } from './stream/encoded-batch.ts'

/**
 * Hands a custom event without a journal row to every connection it is for, except the one that sent it.
 * @param only to this connection alone, if it is for it; null = to all
 * @returns how many it was handed to
 */
export function publishSignal(
  context: HubContext<Connection>,
  signal: Signal,
  only: Connection | null = null,
): number {
  let reached = 0
  const encoded = new EncodedEvent(toEvent(signal))
  const at = context.timestamp()
  const personal = signal.room !== null && isPersonalRoom(signal.room) ? signal.room : null
  for (const [{ selection, members }, concerns] of context.profiles.concernedBy([encoded])) {
    const addressed = [...members].filter(
      member =>
        member.id !== signal.connectionId &&
        (personal === null || member.interests.isAutomatic(personal)) &&
        (only === null || member === only),
    )
    if (addressed.length === 0) continue
    // Rooms of single users are no part of a profile.
    const rooms = personal === null ? selection.rooms : new Set([...selection.rooms, personal])
    const selected = matchConcerns({ ...selection, rooms }, concerns, {
      exceptOrigin: null,
      workPerEvent: context.limits.whereWorkPerEvent,
      onError: () => context.counters.whereErrors++,
      onOverspent: ({ event }) => {
        context.counters.whereOverspent++
        for (const connection of addressed) connection.tellOverspent(event)
      },
    })
    if (selected.length === 0) continue
    const frames = framesOf(selected, null, { form: selection.form, at })
    for (const connection of addressed) connection.feed.deliverSignal(frames)
    reached += addressed.length
  }
  return reached
}

function toEvent({ eventId, eventType, data, room, origin, at }: Signal): EncodableEvent {
  const table = { id: 0, schema: '', name: '', keyColumns: [] }
  return {
    eventId,
    eventType,
    kind: 'published',
    op: 'PUBLISH',
    table: null,
    channel: null,
    id: null,
    at,
    data,
    oldData: null,
    seq: null,
    tx: null,
    origin,
    truncated: false,
    rooms: room === null ? null : [room],
    roles: null,
    priority: 'normal',
    change: {
      seq: '0',
      xid: '0',
      at,
      table,
      op: 'PUBLISH',
      oldRow: null,
      newRow: data,
      origin,
      truncated: false,
    },
  }
}
