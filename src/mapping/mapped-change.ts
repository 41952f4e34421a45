import type { Event } from '../domain/event.ts'
import type { SourceLocation } from '../domain/rule.ts'

/** A rule that failed on a row. It names the rule and never holds row data. */
export interface RuleFailure {
  readonly table: string
  readonly eventType: string
  /** `when`, `data.plate`, `rooms.0`; `event` for a published event that cannot be read. */
  readonly field: string
  /** Where the expression stands; null for a published event. */
  readonly location: SourceLocation | null
  readonly message: string
}

/** What became of a change. */
export interface MappedChange {
  /** The table event first, then the business events in file order. */
  readonly events: readonly Event[]
  readonly errors: readonly RuleFailure[]
}
