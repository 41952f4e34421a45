import type { Change } from '../domain/change.ts'
import { tableLabel } from '../domain/change.ts'
import type { Row } from './row.ts'
import { readRow } from './row.ts'

/** What an expression is evaluated against. */
export interface Scope {
  /** The row before; null for INSERT and TRUNCATE. */
  readonly old: Row | null
  /** The row after; null for DELETE and TRUNCATE. */
  readonly new: Row | null
  /** `INSERT`, `UPDATE`, `DELETE`, `TRUNCATE` or `PUBLISH`. */
  readonly op: string
  /** As clients see it; empty for a published event. */
  readonly table: string
  readonly origin: string | null
  /** Who looks, where somebody does; build it with `toValue`. */
  readonly auth?: unknown
}

/** As many scopes are remembered, at least; the changes of a read are all looked at before the next one comes. */
const remembered = 4_096
let recent = new Map<Change, Scope>()
let older = new Map<Change, Scope>()

/**
 * The scope of a change. A change that was looked at lately gives the same scope, so that its rows are parsed once
 * however many rules and subscriptions look at them. Not a WeakMap: what the hub's tail keeps for long would keep its parsed
 * rows as long, many times the size of their text.
 */
export function scopeOf(change: Change): Scope {
  const known = recent.get(change) ?? older.get(change)
  if (known !== undefined) return known
  const scope: Scope = {
    old: change.oldRow === null ? null : readRow(change.oldRow),
    new: change.newRow === null ? null : readRow(change.newRow),
    op: change.op,
    table: change.op === 'PUBLISH' ? '' : tableLabel(change.table),
    origin: change.origin,
  }
  if (recent.size >= remembered) {
    older = recent
    recent = new Map()
  }
  recent.set(change, scope)
  return scope
}
