import { isPersonalRoom } from '../domain/automatic-room.ts'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { EventBatch } from '../domain/event-batch.ts'
import type { Connection } from './connections/connection.ts'
import type { Wire } from './connections/peer.ts'
import type { HubContext } from './context.ts'
import { buildDelivery } from './feed/delivery.ts'
import { isConflated, matchEvents, publishedBy } from './matching/profile.ts'
import type { Profile } from './matching/profile-registry.ts'
import type { EncodedBatch } from './stream/encoded-batch.ts'
import { lazyCheckpoint } from './stream/frames.ts'

/**
 * Appends a batch to the stream and hands it to every live connection. Matching and encoding are done once per
 * profile; its members get the same buffers.
 *
 * @throws RTB_INTERNAL before the stream was started
 */
export function publishLive(context: HubContext<Connection>, batch: EventBatch): void {
  const { stream, counters, profiles } = context
  const { head } = stream
  if (head === null) throw rtbridgeError('RTB_INTERNAL', { part: 'a batch for an unstarted hub' })
  // Before the batch is in the stream, who is live now is known: whoever arrives later gets it from the tail.
  const all = profiles.all()
  const encoded = stream.append(batch, head)
  counters.batches++
  counters.events += batch.events.length
  const at = context.timestamp()
  const shared: Shared = {
    encoded,
    at,
    checkpoint: lazyCheckpoint(encoded.to, at),
    origins: originsOf(encoded),
    personal: personalRoomsOf(encoded),
  }
  for (const profile of all) deliverToProfile(context, profile, shared)
  for (const event of encoded.events) event.forgetForms()
}

interface Shared {
  readonly encoded: EncodedBatch
  readonly at: string
  readonly checkpoint: (wire: Wire) => Buffer
  /** Clients that published something in this batch: they do not get their own. */
  readonly origins: ReadonlySet<string>
  /** Rooms of single users that something in this batch is for. */
  readonly personal: readonly string[]
}

function deliverToProfile(
  context: HubContext<Connection>,
  { selection, members }: Profile<Connection>,
  { encoded, at, checkpoint, origins, personal }: Shared,
): void {
  const live = [...members].filter(({ feed }) => feed.state === 'live')
  if (live.length === 0) return
  const selected = matchEvents(selection, encoded.events, {
    exceptOrigin: null,
    workPerEvent: context.limits.whereWorkPerEvent,
    onError: () => context.counters.whereErrors++,
    onOverspent: ({ event }) => {
      context.counters.whereOverspent++
      for (const connection of live) connection.tellOverspent(event)
    },
  })
  const options = { form: selection.form, own: true, checkpoint, at }
  const delivery = isConflated(selection) ? null : buildDelivery(encoded, selected, options)
  for (const connection of live) {
    const isOrigin = connection.clientId !== null && origins.has(connection.clientId)
    const isAddressed = personal.some(room => connection.interests.isAutomatic(room))
    if (isOrigin || isAddressed) connection.deliverAlone(encoded)
    else if (delivery !== null) connection.feed.deliverLive(delivery)
    // What goes out now depends on what it holds back.
    else connection.deliverSelected(encoded, selected)
  }
}

function originsOf({ events }: EncodedBatch): ReadonlySet<string> {
  const origins = new Set<string>()
  for (const event of events) {
    const origin = publishedBy(event)
    if (origin !== null) origins.add(origin)
  }
  return origins
}

function personalRoomsOf({ events }: EncodedBatch): readonly string[] {
  return [...new Set(events.flatMap(({ event }) => event.rooms ?? []).filter(isPersonalRoom))]
}
