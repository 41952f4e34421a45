import type { Change } from '../domain/change.ts'

/** As many verdicts are kept, at least: what one batch needs while it goes round, if those who look are not too many. */
const remembered = 20_000

/**
 * Verdicts on the changes of late, so that each is found once for all who would get the same.
 * @returns gives the verdict of a key on a change, computed when it is not remembered
 */
export function createRecentVerdicts<Verdict>(): (
  change: Change,
  key: string,
  compute: () => Verdict,
) => Verdict {
  let recent = new Map<Change, Map<string, Verdict>>()
  let older = new Map<Change, Map<string, Verdict>>()
  let count = 0
  return (change, key, compute) => {
    let verdicts = recent.get(change)
    let known = verdicts?.get(key)
    if (known === undefined) known = older.get(change)?.get(key)
    if (known !== undefined) return known
    const verdict = compute()
    if (count++ >= remembered) {
      older = recent
      recent = new Map()
      count = 1
      verdicts = undefined
    }
    if (verdicts === undefined) recent.set(change, new Map([[key, verdict]]))
    else verdicts.set(key, verdict)
    return verdict
  }
}
