import { mayReceive } from '../../access/may-receive.ts'
import type { EncodedEvent } from '../stream/encoded-batch.ts'
import type { Selection } from './profile.ts'
import { publishedBy, seenBy } from './profile.ts'
import type { Miss } from './subscription.ts'
import type { WhereTrial } from './where-filter.ts'

/** Why a selection gets an event, or does not. */
export interface MatchReason {
  /**
   * `selected`; `own`: its client published it; `room`, `role`: the event is for others; `policy`: policies show it nothing of
   * it; `subscriptions`: none of them is for it; `unknown`: its conditions take too much work to tell.
   */
  readonly result: 'selected' | 'own' | 'room' | 'role' | 'policy' | 'subscriptions' | 'unknown'
  /** The subscriptions it is for. */
  readonly subscriptions: readonly string[]
  /** Those it is not for, the first 20, with the part that it does not pass. */
  readonly misses: readonly { readonly id: string; readonly by: Miss }[]
}

/** Of one connection that many subscriptions are told. */
const mostMisses = 20

/** Says what `matchEvents` does with an event, and why: the same questions, in the same order. */
export function explainMatch(
  selection: Omit<Selection, 'form'>,
  encoded: EncodedEvent,
  { exceptOrigin, trial }: { readonly exceptOrigin: string | null; readonly trial: WhereTrial },
): MatchReason {
  const without = (result: MatchReason['result']): MatchReason => ({ result, subscriptions: [], misses: [] })
  if (exceptOrigin !== null && publishedBy(encoded) === exceptOrigin) return without('own')
  const { identity, rooms, subscriptions } = selection
  const { event } = encoded
  if (!mayReceive(identity, rooms, { ...event, roles: null })) return without('room')
  if (!mayReceive(identity, rooms, event)) return without('role')
  const seen = seenBy(selection, encoded)
  if (seen === null) return without('policy')
  const judged = subscriptions.list.map(subscription => ({
    id: subscription.spec.id,
    by: subscription.missedBy(seen.event, trial),
  }))
  const matched = judged.filter(({ by }) => by === null).map(({ id }) => id)
  const misses = judged.flatMap(({ id, by }) => (by === null ? [] : [{ id, by }])).slice(0, mostMisses)
  const none = trial.budget.left < 0 ? 'unknown' : 'subscriptions'
  return { result: matched.length > 0 ? 'selected' : none, subscriptions: matched, misses }
}
