import type { Change } from '../domain/change.ts'

/** As many changes are remembered, at least: those of one batch are judged for everybody before the next comes. */
const remembered = 4_096

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
  return (change, key, compute) => {
    let verdicts = recent.get(change)
    if (verdicts === undefined) {
      verdicts = older.get(change) ?? new Map<string, Verdict>()
      if (recent.size >= remembered) {
        older = recent
        recent = new Map()
      }
      recent.set(change, verdicts)
    }
    const known = verdicts.get(key)
    if (known !== undefined) return known
    const verdict = compute()
    verdicts.set(key, verdict)
    return verdict
  }
}
