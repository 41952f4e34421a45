import { isPersonalRoom } from '../domain/automatic-room.ts'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { EventBatch } from '../domain/event-batch.ts'
import type { Connection } from './connections/connection.ts'
import type { Wire } from './connections/peer.ts'
import type { HubContext } from './context.ts'
import { buildDelivery } from './feed/delivery.ts'
import type { UnsettledFeed } from './feed/unsettled-feed.ts'
import { loseRows } from './live/lose-rows.ts'
import type { EventConcern } from './matching/profile.ts'
import { isConflated, matchConcerns, publishedBy } from './matching/profile.ts'
import type { Profile } from './matching/profile-registry.ts'
import type { EncodedBatch } from './stream/encoded-batch.ts'
import { lazyCheckpoint } from './stream/frames.ts'

/**
 * Appends a batch to the stream and hands it to every live connection that it is of concern to. Matching and encoding
 * are done once per profile; its members get the same buffers. Nothing here takes longer because of connections and
 * subscriptions that the batch has nothing for.
 *
 * @throws RTB_INTERNAL before the stream was started
 */
export function publishLive(context: HubContext<Connection>, batch: EventBatch): void {
  const { stream, counters, profiles, personalRooms, unsettled } = context
  const { head } = stream
  if (head === null) throw rtbridgeError('RTB_INTERNAL', { part: 'a batch for an unstarted hub' })
  // Who is live now gets it here, in this tick; whoever arrives later gets it from the tail.
  const encoded = stream.append(batch, head)
  counters.batches++
  counters.events += batch.events.length
  const at = context.timestamp()
  const personal = personalRoomsOf(encoded)
  const shared: Shared = {
    encoded,
    at,
    checkpoint: lazyCheckpoint(encoded.to, at),
    origins: originsOf(encoded),
    personal,
    reached: new Set(),
  }
  for (const [profile, concerns] of profiles.concernedBy(encoded.events)) {
    deliverToProfile(context, profile, { ...shared, concerns })
  }
  for (const connection of personal.flatMap(room => personalRooms.in(room))) {
    if (!shared.reached.has(connection.feed)) deliverAlone(connection, shared)
  }
  for (const feed of [...unsettled]) if (!shared.reached.has(feed)) feed.passOver(encoded, shared.checkpoint)
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
  /** Those who were given the batch. */
  readonly reached: Set<UnsettledFeed>
}

function deliverToProfile(
  context: HubContext<Connection>,
  { selection, members }: Profile<Connection>,
  shared: Shared & { readonly concerns: readonly EventConcern[] },
): void {
  const { encoded, concerns, at, checkpoint, origins, personal, reached } = shared
  const live = [...members].filter(({ feed }) => feed.state === 'live')
  if (live.length === 0) return
  const selected = matchConcerns(selection, concerns, {
    exceptOrigin: null,
    workPerEvent: context.limits.whereWorkPerEvent,
    onError: () => context.counters.whereErrors++,
    onOverspent: ({ event }, unfinished) => {
      context.counters.whereOverspent++
      for (const connection of live) {
        connection.tellOverspent(event)
        loseRows(connection, unfinished)
      }
    },
  })
  // What one of them gets besides is found by the rooms of its user.
  if (selected.length === 0) return
  const options = { form: selection.form, own: true, checkpoint, at }
  const delivery = isConflated(selection) ? null : buildDelivery(encoded, selected, options)
  for (const connection of live) {
    const isOrigin = connection.clientId !== null && origins.has(connection.clientId)
    const isAddressed = personal.some(room => connection.interests.isAutomatic(room))
    if (isOrigin || isAddressed) deliverAlone(connection, shared)
    else {
      reached.add(connection.feed)
      if (delivery !== null) connection.feed.deliverLive(delivery)
      // What goes out now depends on what it holds back.
      else connection.deliverSelected(encoded, selected)
    }
  }
}

function deliverAlone(connection: Connection, { encoded, reached }: Shared): void {
  reached.add(connection.feed)
  connection.deliverAlone(encoded)
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
