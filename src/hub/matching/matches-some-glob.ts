import { backtrackingOf, matchesGlob } from '../../domain/glob.ts'
import type { WhereTrial } from './where-filter.ts'

/** So many steps of a glob are a unit of work: about a fifth of a microsecond. */
const stepsPerUnit = 32

/**
 * Whether a text matches one of a client's globs; an empty list matches everything. Ten thousand long globs on a long text would
 * take seconds, so they pay from the budget of the conditions. What follows no `*` costs nothing, as in `BOOKING_*`.
 *
 * @returns false, too, when one costs more than is left
 */
export function matchesSomeGlob(
  globs: readonly string[],
  text: string,
  trial: Pick<WhereTrial, 'budget' | 'isUnfinished'>,
): boolean {
  for (const glob of globs) {
    const work = Math.floor(backtrackingOf(glob, text) / stepsPerUnit)
    trial.budget.left -= work
    if (work > 0 && trial.budget.left < 0) {
      trial.isUnfinished = true
      return false
    }
    if (matchesGlob(glob, text)) return true
  }
  return globs.length === 0
}
