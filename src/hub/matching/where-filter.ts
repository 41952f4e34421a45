import { rtbridgeError } from '../../domain/errors/registry.ts'
import type { Choice } from '../../expressions/choices.ts'
import type { Expression } from '../../expressions/compile-expression.ts'
import { tryCompile } from '../../expressions/compile-expression.ts'
import { readRow } from '../../expressions/row.ts'
import type { Scope } from '../../expressions/scope.ts'
import { scopeOf } from '../../expressions/scope.ts'
import type { WorkBudget } from '../../expressions/work-meter.ts'
import type { EncodableEvent } from '../stream/encode-event.ts'
import { RowValues } from './lookup/row-values.ts'

/** Whether a `where` held for the row before and after; `unknown` lets the event pass without a transition. */
export type WhereResult = { readonly before: boolean; readonly after: boolean } | 'unknown'

/** What the conditions of one selection share while they look at one event. */
export interface WhereTrial {
  /** Work they may do together. */
  readonly budget: WorkBudget
  /** Hears of an evaluation that failed, which counts as not matching. */
  readonly onError: () => void
  /** Set where the budget was spent before it was known whether a subscription matches. */
  isUnfinished?: boolean
}

/** What a `where` can look at. */
export const whereVariables = ['old', 'new', 'op', 'table', 'origin'] as const

/**
 * The `where` of a subscription. It speaks of the row as `new` and is tested twice: on the row after the change and, to know
 * whether the row came in or went out, on the row before, which then stands for `new`.
 */
export class WhereFilter {
  readonly #expression: Expression
  #needs: readonly Choice[] | null = null

  /** @throws RTB_SUBSCRIPTION_WHERE */
  constructor(id: string, source: string) {
    this.#expression = compile(id, source)
  }

  /** What an event needs to pass, unless it passes as `unknown`. */
  get choices(): readonly Choice[] {
    return this.#expression.choices
  }

  /** It can cost work. */
  get isMetered(): boolean {
    return this.#expression.isMetered
  }

  /** The event lacks what it needs to pass, which costs nothing to see. */
  rulesOut(event: EncodableEvent): boolean {
    if (passesUnseen(event)) return false
    this.#needs ??= this.choices
    const found = new RowValues(event)
    return this.#needs.some(({ column, values }) => !found.of(column).some(value => values.includes(value)))
  }

  /** Tests an event. */
  test(event: EncodableEvent, trial: WhereTrial): WhereResult {
    const { budget, onError } = trial
    if (event.op === 'TRUNCATE') return 'unknown'
    const { before, after } = scopesOf(event)
    const [held, holds] = [this.#holds(before, budget), this.#holds(after, budget)]
    if (held !== null && holds !== null) return { before: held, after: holds }
    // Only the key was kept of such a row: to hold the event back could lose it, to pass it shows nothing new.
    if (event.truncated) return 'unknown'
    if (budget.left < 0) trial.isUnfinished = true
    onError()
    return { before: held ?? false, after: holds ?? false }
  }

  /** Null when it cannot be said. */
  #holds(scope: Scope | null, budget: WorkBudget): boolean | null {
    if (scope === null) return false
    try {
      return this.#expression.test(scope, budget)
    } catch {
      return null
    }
  }
}

/** Passes whatever its columns are, or may do so. */
export function passesUnseen({ op, truncated }: EncodableEvent): boolean {
  return op === 'TRUNCATE' || truncated
}

function compile(id: string, source: string): Expression {
  const result = tryCompile(source, { variables: whereVariables })
  if (!('problem' in result)) return result
  // Not the source: its author has it, and the text is cut short.
  const problem = `${result.problem} (character ${result.offset + 1})`
  throw rtbridgeError('RTB_SUBSCRIPTION_WHERE', { id, problem })
}

interface Sides {
  readonly before: Scope | null
  readonly after: Scope | null
}

/** Rows are opened once per event, however many filters look at them. */
const known = new WeakMap<EncodableEvent, Sides>()

function scopesOf(event: EncodableEvent): Sides {
  let sides = known.get(event)
  if (sides === undefined) {
    sides = event.op === 'PUBLISH' ? publishedSides(event) : rowSides(scopeOf(event.change))
    known.set(event, sides)
  }
  return sides
}

/** An event without a row: its data is what `new` stands for. */
function publishedSides(event: EncodableEvent): Sides {
  const after: Scope = {
    old: null,
    new: readRow(event.data),
    op: event.op,
    table: '',
    origin: event.origin,
  }
  return { before: null, after }
}

function rowSides(scope: Scope): Sides {
  return {
    before: scope.old === null ? null : { ...scope, new: scope.old },
    after: scope.new === null ? null : scope,
  }
}
