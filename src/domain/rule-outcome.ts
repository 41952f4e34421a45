import type { Operation } from './change.ts'
import type { Priority } from './event.ts'

/**
 * What becomes of a change, and why: what `rtbridge rules test --json`, `rtbridge trace --json` and the API answer. Plain data,
 * stable; values of rows are JSON text, so that no number passes through a double.
 */
export interface ChangeOutcome {
  readonly change: ExplainedChange
  /** Why the trigger leaves the change out of the journal; null when it does not. Nothing is sent then. */
  readonly left_out: 'unchanged' | 'excluded-only' | null
  /** The table event, or the event that was published; null when the change is left out, or cannot be read. */
  readonly event: SentEvent | null
  /** Every rule of the table, in file order. */
  readonly rules: readonly RuleOutcome[]
}

/** The change, without excluded columns. */
export interface ExplainedChange {
  /** As clients see it; empty for what was published. */
  readonly table: string
  readonly op: Operation
  /** The row's key as text; null without one. */
  readonly id: string | null
  /** JSON text. */
  readonly old: string | null
  readonly new: string | null
  readonly origin: string | null
  /** Of the row only the key is kept, because it is too large. */
  readonly truncated: boolean
  /** Null for a change that is not in a journal. */
  readonly seq: string | null
  readonly tx: string | null
  /** RFC 3339, UTC. */
  readonly at: string | null
}

/** What one rule made of a change. */
export interface RuleOutcome {
  readonly event_type: string
  /** Where it stands, `file:line:column`. */
  readonly location: string
  /**
   * `fired`; `other-operation`: its `on` does not name this one; `condition-false`: its `when` does not hold; `failed`: an
   * expression of it failed on this row; `left-out`: the change is not journalled.
   */
  readonly result: 'fired' | 'other-operation' | 'condition-false' | 'failed' | 'left-out'
  /** The operations it is for: `insert`, `update`, … */
  readonly on: readonly string[]
  /** Its `when`, taken apart; null without one, and when it was not looked at. */
  readonly when: Term | null
  /** Why it failed; only with `failed`. `field` is `when`, `data.plate`, `rooms.0`. */
  readonly failure: { readonly field: string; readonly message: string; readonly location: string } | null
  /** What goes out; only with `fired`. */
  readonly sends: SentEvent | null
}

/** An expression, or a part of one, on one row. */
export interface Term {
  /** As the author wrote it. */
  readonly text: string
  /** JSON text; null when it failed, and when it is longer than 1,000 characters. */
  readonly value: string | null
  /** Why it failed; null when it did not. It names columns and types, never values. */
  readonly problem: string | null
  /** It made the whole what it is: mending the whole begins here. */
  readonly decides: boolean
  /** What it looked at; only of a term that has no parts joined by `&&`, `||`, `!` or `? :`. */
  readonly reads: readonly ReadValue[]
  /** What it is joined from, in order; of a comparison the sides that are computed. */
  readonly parts: readonly Term[]
}

/** Something that a term looked at: `old.status`, `op`. */
export interface ReadValue {
  readonly path: string
  /** JSON text; null when there is none to show, and then `note` says why. */
  readonly value: string | null
  /** `no-row`: the operation has no such row; `no-column`; `too-long`: above 1,000 characters. */
  readonly note: 'no-row' | 'no-column' | 'too-long' | null
}

/** An event, as it leaves for who may have it. */
export interface SentEvent {
  readonly event_type: string
  /** Null for a change that is not in a journal. */
  readonly event_id: string | null
  readonly id: string | null
  /** JSON text. */
  readonly data: string
  readonly old_data: string | null
  readonly channel: string | null
  /** Only to members of these rooms, to nobody when it is empty; null = not restricted. */
  readonly rooms: readonly string[] | null
  /** Only to these roles; null = not restricted. */
  readonly roles: readonly string[] | null
  readonly priority: Priority
}
