import type { Identity } from '../access/identity.ts'
import { mayReceive } from '../access/may-receive.ts'
import type { Transition } from '../protocol/messages.ts'
import type { EncodedEvent } from './encoded-batch.ts'
import type { CompiledSubscription, Match } from './subscription.ts'

/** Everything that decides what a connection gets, and in which form. */
export interface Selection {
  readonly identity: Identity
  readonly subscriptions: readonly CompiledSubscription[]
  /** Rooms it joined and rooms of its subscriptions. */
  readonly rooms: ReadonlySet<string>
  /** True: one `events` frame per batch instead of one frame per event. */
  readonly batch: boolean
}

/** Two selections with the same key select the same events in the same form. */
export function selectionKey({ identity, subscriptions, rooms, batch }: Selection): string {
  const specs = subscriptions.map(({ spec }) => spec)
  return JSON.stringify([batch, identity.user, [...identity.roles].sort(), [...rooms].sort(), specs])
}

/**
 * The JSON objects of the events a selection gets.
 *
 * @param exceptOrigin a client id: published events it made itself are left out; null leaves out nothing
 * @param onError hears of each `where` that failed on a row
 */
export function selectEvents(
  selection: Selection,
  events: readonly EncodedEvent[],
  options: { readonly exceptOrigin: string | null; readonly onError: () => void },
): string[] {
  const bodies: string[] = []
  for (const encoded of events) {
    if (options.exceptOrigin !== null && publishedBy(encoded) === options.exceptOrigin) continue
    if (!mayReceive(selection.identity, selection.rooms, encoded.event)) continue
    const suffix = matchAll(selection.subscriptions, encoded, options.onError)
    if (suffix !== null) bodies.push(encoded.json + suffix)
  }
  return bodies
}

/** The client that published the event; null for changes of rows. */
export function publishedBy({ event }: EncodedEvent): string | null {
  return event.kind === 'published' ? event.origin : null
}

function matchAll(
  subscriptions: readonly CompiledSubscription[],
  { event }: EncodedEvent,
  onError: () => void,
): string | null {
  const ids: string[] = []
  const matches: Match[] = []
  for (const subscription of subscriptions) {
    const match = subscription.match(event, onError)
    if (match === null) continue
    ids.push(subscription.spec.id)
    matches.push(match)
  }
  if (ids.length === 0) return null
  const transition = transitionOf(matches)
  return `${transition === null ? '' : `,"transition":"${transition}"`},"subscriptions":${JSON.stringify(ids)}}`
}

/** Of several filters together: a row enters when no filter held it before, leaves when none holds it after. */
function transitionOf(matches: readonly Match[]): Transition | null {
  const sides = matches.flatMap(match => (match.sides === null ? [] : [match.sides]))
  if (sides.length === 0) return null
  if (!sides.some(side => side.before)) return 'enter'
  return sides.some(side => side.after) ? 'stay' : 'leave'
}
