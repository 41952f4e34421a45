import type { Change } from '../domain/change.ts'
import type { Event } from '../domain/event.ts'
import { mapChange } from './map-change.ts'
import type { RuleFailure } from './mapped-change.ts'
import { restoreRowOrder } from './restore-row-order.ts'
import type { RuleSet } from './rule-set.ts'

/** Changes in, events out: the same for the live stream and for every replay. */
export type EventMapper = (changes: readonly Change[], incarnation: string) => Event[]

/**
 * Makes the mapper of compiled rules.
 * @param onFailure told of every rule that failed on a row; the row's other events go on
 */
export function createEventMapper(rules: RuleSet, onFailure: (failure: RuleFailure) => void): EventMapper {
  return (changes, incarnation) =>
    restoreRowOrder(changes).flatMap(change => {
      const { events, errors } = mapChange(change, rules.forTable(change.table), incarnation)
      for (const failure of errors) onFailure(failure)
      return events
    })
}
