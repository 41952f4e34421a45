/** A rule that failed, as the mapping reports it. */
export interface FailedRule {
  readonly table: string
  readonly eventType: string
  readonly field: string
  readonly message: string
}

/** How often a rule failed, and why it did last. */
export interface RuleFailureCount extends FailedRule {
  readonly count: number
  /** ISO 8601. */
  readonly lastAt: string
}

/** Failing rules are counted for `status`; each is logged when it first fails, then at every power of ten. */
export class RuleFailures {
  readonly #counts = new Map<string, RuleFailureCount>()
  readonly #report: (failure: RuleFailureCount) => void
  readonly #now: () => number

  /**
   * @param report told what deserves a log line
   * @param now milliseconds since 1970
   */
  constructor(report: (failure: RuleFailureCount) => void, now: () => number) {
    this.#report = report
    this.#now = now
  }

  add({ table, eventType, field, message }: FailedRule): void {
    const key = `${table}/${eventType}/${field}`
    const count = (this.#counts.get(key)?.count ?? 0) + 1
    const lastAt = new Date(this.#now()).toISOString()
    const failure = { table, eventType, field, message, count, lastAt }
    this.#counts.set(key, failure)
    if (/^10*$/.test(String(count))) this.#report(failure)
  }

  /** Other rules are in force: one of them that still fails is counted, and logged, anew. */
  forget(): void {
    this.#counts.clear()
  }

  list(): readonly RuleFailureCount[] {
    return [...this.#counts.values()]
  }
}
