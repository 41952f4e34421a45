import type { AccessRules } from '../../access/access-rules.ts'
import type { Identity } from '../../access/identity.ts'
import { mayReceive } from '../../access/may-receive.ts'
import type { EncodedEvent } from '../stream/encoded-batch.ts'
import { viewOf } from '../stream/event-views.ts'
import type { FrameForm } from '../stream/frames.ts'
import { digestOf } from './digest-of.ts'
import type { SelectedEvent, Sides } from './selected-event.ts'
import type { CompiledSubscription } from './subscription.ts'
import type { SubscriptionSet } from './subscription-set.ts'
import type { WhereTrial } from './where-filter.ts'

/** Everything that decides what a connection gets, and in which form. */
export interface Selection {
  readonly identity: Identity
  /** Says what the identity sees of each event. */
  readonly access: Pick<AccessRules, 'see'>
  readonly subscriptions: SubscriptionSet
  /** Rooms it joined and rooms of its subscriptions. */
  readonly rooms: ReadonlySet<string>
  readonly form: FrameForm
}

export interface SelectOptions {
  /** A client id: published events it made itself are left out; null leaves out nothing. */
  readonly exceptOrigin: string | null
  /** Hears of each `where` that failed on a row. */
  readonly onError: () => void
  /** Work that all conditions may do on one event; default {@link whereWorkPerEvent}. */
  readonly workPerEvent?: number
  /**
   * Hears of each event on which the conditions together took more work than they may.
   * @param unfinished subscriptions of which it is not known whether it is for them; they count as not matching
   */
  readonly onOverspent?: (event: EncodedEvent, unfinished: readonly CompiledSubscription[]) => void
}

/**
 * Work that all conditions of a selection may do on one event, in the units of an expression's own budget. A loop over
 * a thousand elements costs about 10,000; all of it was measured at 2 to 18 ms on one core.
 */
export const whereWorkPerEvent = 100_000

/**
 * Two selections with the same key select the same events in the same form.
 * @param keyOf identities with the same key may see the same
 */
export function selectionKey(
  { identity, subscriptions, rooms, form }: Selection,
  keyOf: AccessRules['keyOf'],
): string {
  const rights = JSON.stringify([form, keyOf(identity), [...identity.roles].sort(), [...rooms].sort()])
  return digestOf([rights, ...subscriptions.list.map(({ digest }) => digest)].join())
}

/** True when some of its events may wait for later ones. */
export function isConflated({ subscriptions }: Selection): boolean {
  return subscriptions.isConflated
}

/** An event, and the subscriptions of a selection that it may be for, in order. */
export interface EventConcern {
  readonly encoded: EncodedEvent
  readonly subscriptions: readonly CompiledSubscription[]
}

/** The events a selection gets. */
export function matchEvents(
  selection: Selection,
  events: readonly EncodedEvent[],
  options: SelectOptions,
): SelectedEvent[] {
  const concerns = events.map(encoded => ({
    encoded,
    subscriptions: selection.subscriptions.candidates(encoded.event),
  }))
  return matchConcerns(selection, concerns, options)
}

/**
 * The events a selection gets, when it is known which of its subscriptions each may be for. The others are not tried:
 * they take no work of the rest, and a `where` of theirs cannot fail.
 */
export function matchConcerns(
  selection: Selection,
  concerns: readonly EventConcern[],
  options: SelectOptions,
): SelectedEvent[] {
  const selected: SelectedEvent[] = []
  for (const { encoded, subscriptions } of concerns) {
    if (subscriptions.length === 0) continue
    if (options.exceptOrigin !== null && publishedBy(encoded) === options.exceptOrigin) continue
    if (!mayReceive(selection.identity, selection.rooms, encoded.event)) continue
    const trial: WhereTrial = {
      budget: { left: options.workPerEvent ?? whereWorkPerEvent },
      onError: options.onError,
    }
    // From here on there is only what he sees: a filter must not tell him of what he does not.
    const seen = seenBy(selection, encoded)
    if (seen === null) continue
    const unfinished: CompiledSubscription[] = []
    const match = matchAll(subscriptions, seen, { trial, unfinished })
    if (match !== null) selected.push(match)
    if (trial.budget.left < 0) options.onOverspent?.(seen, unfinished)
  }
  return selected
}

/** The event as the selection's identity sees it; null when it sees nothing of it. */
export function seenBy(
  { access, identity }: Pick<Selection, 'access' | 'identity'>,
  encoded: EncodedEvent,
): EncodedEvent | null {
  const sight = access.see(identity, encoded.event)
  if (sight === 'all' || sight === null) return sight === null ? null : encoded
  return viewOf(encoded, sight)
}

/** The client that published the event; null for changes of rows. */
export function publishedBy({ event }: EncodedEvent): string | null {
  return event.kind === 'published' ? event.origin : null
}

function matchAll(
  subscriptions: readonly CompiledSubscription[],
  encoded: EncodedEvent,
  { trial, unfinished }: { readonly trial: WhereTrial; readonly unfinished: CompiledSubscription[] },
): SelectedEvent | null {
  const ids: string[] = []
  const sides: (Sides | null)[] = []
  let conflateMs: number | null = Number.POSITIVE_INFINITY
  for (const subscription of subscriptions) {
    const match = subscription.match(encoded.event, trial)
    if (trial.isUnfinished === true) {
      unfinished.push(subscription)
      trial.isUnfinished = false
    }
    if (match === null) continue
    const { spec } = subscription
    ids.push(spec.id)
    sides.push(match.sides ?? encoded.crossing)
    // One that does not wait is enough: the event goes out once, for all of them.
    conflateMs =
      conflateMs === null || spec.conflateMs === null ? null : Math.min(conflateMs, spec.conflateMs)
  }
  return ids.length === 0 ? null : { encoded, ids, sides, conflateMs, replaced: 0 }
}
