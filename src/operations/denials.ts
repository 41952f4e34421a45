import type { Audit } from '../domain/audit.ts'
import { PairTally } from './pair-tally.ts'

/** What was refused to those who had come in. */
export interface DenialCount {
  /** What they wanted, as in the audit log. */
  readonly action: string
  /** Code of the error. */
  readonly code: string
  readonly count: number
}

/** Far above the pairs of action and code that there are. */
const maxPairs = 500
/** Answers with a code that refuse nothing. */
const notDenied: ReadonlySet<string> = new Set(['RTB_CURSOR_GAP'])

/** Counts the denials that pass by on their way to the audit log, also when no log is kept. */
export class Denials {
  readonly #tally = new PairTally(maxPairs)

  /** The audit with its denials counted. */
  watch(audit: Audit): Audit {
    return record => {
      const { action, code } = record
      if (code !== null && !notDenied.has(code)) this.#tally.add(action, code)
      audit(record)
    }
  }

  list(): readonly DenialCount[] {
    return this.#tally.list().map(({ first, second, count }) => ({ action: first, code: second, count }))
  }
}
