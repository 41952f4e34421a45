import type { Connection } from './connections/connection.ts'
import type { HubContext } from './context.ts'
import type { MatchReason } from './matching/explain-match.ts'
import { explainMatch } from './matching/explain-match.ts'
import { whereWorkPerEvent } from './matching/profile.ts'
import type { EncodedEvent } from './stream/encoded-batch.ts'
import { isPast } from './stream/encoded-batch.ts'

/** A committed change, by its place in the journal; decimal texts. */
export interface ChangePlace {
  readonly tx: string
  readonly seq: string
}

/** Where an event is on its way to a connection. */
export type Delivery =
  /** Handed over to its socket. */
  | 'sent'
  /** Waits behind what the client has yet to take, or is held back to be conflated. */
  | 'waiting'
  /** The connection is catching up, and has not come as far. */
  | 'behind'
  /** Its stream began later, or went on later after a gap. */
  | 'begins-later'
  /** It has not registered. */
  | 'not-registered'
  /** It is not for it; or that takes too much work to tell. */
  | 'not-for-it'
  | 'unknown'

/** One event on its way to one connection. */
export interface TracedEvent extends MatchReason {
  readonly event_type: string
  readonly delivery: Delivery
}

/** What a hub knows of a change. Subscriptions, rooms and rights are those of now. */
export interface ChangeTrace {
  /** The hub has read the journal as far, and given out what it made. */
  readonly read: boolean
  /** What it made, as far as its memory reaches back; null when that is forgotten, or was never made. */
  readonly events: readonly { readonly event_type: string; readonly event_id: string }[] | null
  /** How many connections there are; the first 200 are told of. */
  readonly total: number
  readonly connections: readonly {
    readonly connection: Connection
    /** Where it is, whatever is for it. */
    readonly delivery: Delivery
    /** Empty when it is not known what was made. */
    readonly events: readonly TracedEvent[]
  }[]
}

/** Connections that are told of. */
const mostConnections = 200
/** Work that the conditions of all of them may do, in the units of `workBudget`: about a tenth of a second. */
const workOfAll = 10 * whereWorkPerEvent

/** Follows a change through a hub. */
export function traceChange(
  { stream, access }: Pick<HubContext<Connection>, 'stream' | 'access'>,
  connections: readonly Connection[],
  change: ChangePlace,
): ChangeTrace {
  const { head } = stream
  const made = stream.eventsOf(change)
  const budget = { left: workOfAll }
  const explain = (connection: Connection, encoded: EncodedEvent, delivery: Delivery): TracedEvent => {
    const { identity } = connection.session
    const { allRooms: rooms, selected: subscriptions } = connection.interests
    const trial = { budget, onError: () => {} }
    const reason: MatchReason =
      identity === null
        ? { result: 'unknown', subscriptions: [], misses: [] }
        : explainMatch({ identity, access, subscriptions, rooms }, encoded, {
            exceptOrigin: connection.clientId,
            trial,
          })
    const { eventType } = encoded.event
    const reached = delivery === 'sent' && isHeld(connection, reason) ? 'waiting' : delivery
    return { event_type: eventType, ...reason, delivery: deliveryOf(reason, reached) }
  }
  return {
    read: head !== null && isPast(head, change),
    events:
      made.length === 0
        ? null
        : made.map(({ event }) => ({ event_type: event.eventType, event_id: event.eventId })),
    total: connections.length,
    connections: connections.slice(0, mostConnections).map(connection => {
      const delivery = reached(connection, change, head !== null && isPast(head, change))
      return {
        connection,
        delivery,
        events: made.map(encoded => explain(connection, encoded, delivery)),
      }
    }),
  }
}

/** It is held back only when all that it is for may wait; what else is held back is not told apart. */
function isHeld({ feed, interests }: Connection, { subscriptions }: MatchReason): boolean {
  const mayWait = (id: string) => (interests.selected.get(id)?.spec.conflateMs ?? null) !== null
  return feed.conflation.isHolding && subscriptions.every(mayWait)
}

function deliveryOf({ result }: MatchReason, delivery: Delivery): Delivery {
  if (delivery === 'not-registered' || result === 'selected') return delivery
  return result === 'unknown' ? 'unknown' : 'not-for-it'
}

/** How far a connection is. What is handed over to a socket may still be on its way. */
function reached({ feed, clientId }: Connection, change: ChangePlace, isRead: boolean): Delivery {
  if (clientId === null) return 'not-registered'
  if (isPast(feed.startedAt, change)) return 'begins-later'
  const isThere = feed.state === 'live' ? isRead : isPast(feed.position, change)
  if (!isThere) return 'behind'
  return feed.queue.bytes > 0 ? 'waiting' : 'sent'
}
