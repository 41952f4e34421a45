/** What the hub makes of a change, and why: what `POST /api/explain` answers, as far as the page reads it. */
export interface ChangeOutcome {
  readonly change: {
    readonly op: string
    /** JSON text. */
    readonly old: string | null
    readonly new: string | null
    readonly truncated: boolean
  }
  readonly left_out: 'unchanged' | 'excluded-only' | null
  readonly rules: readonly RuleOutcome[]
}

export interface RuleOutcome {
  readonly event_type: string
  readonly location: string
  readonly result: 'fired' | 'other-operation' | 'condition-false' | 'failed' | 'left-out'
  readonly on: readonly string[]
  readonly when: Term | null
  readonly failure: { readonly field: string; readonly message: string } | null
  readonly sends: {
    /** JSON text. */
    readonly data: string
    readonly rooms: readonly string[] | null
    readonly roles: readonly string[] | null
  } | null
}

/** An expression, or a part of one, on one row. */
export interface Term {
  readonly text: string
  /** JSON text; null when it failed, or is too long to be shown. */
  readonly value: string | null
  readonly problem: string | null
  readonly decides: boolean
  readonly reads: readonly {
    readonly path: string
    readonly value: string | null
    readonly note: 'no-row' | 'no-column' | 'too-long' | null
  }[]
  readonly parts: readonly Term[]
}

/** The smallest parts of a condition that made it what it is. */
export function decidingTerms(term: Term): readonly Term[] {
  const deeper = term.parts.filter(({ decides }) => decides)
  return deeper.length === 0 ? [term] : deeper.flatMap(decidingTerms)
}
