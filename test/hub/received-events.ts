import type { FakePeer } from './fake-peer.ts'

/** The events a client received, with what the oracle of the policies speaks of. */
export function receivedEvents(peer: FakePeer) {
  const events = peer.received.flatMap(frame => {
    if (frame.message_type === 'realtime_event') return [frame.data]
    return frame.message_type === 'events' ? frame.data.events : []
  })
  return events.map(({ event_id, event_type, id, data, old_data, transition }) => ({
    event_id,
    event_type,
    id,
    data,
    old_data,
    transition,
  }))
}
