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

const scopes = new WeakMap<Change, Scope>()

/**
 * The scope of a change. The same change gives the same scope, so that its rows are parsed once however many rules
 * and subscriptions look at them.
 */
export function scopeOf(change: Change): Scope {
  const known = scopes.get(change)
  if (known !== undefined) return known
  const scope: Scope = {
    old: change.oldRow === null ? null : readRow(change.oldRow),
    new: change.newRow === null ? null : readRow(change.newRow),
    op: change.op,
    table: change.op === 'PUBLISH' ? '' : tableLabel(change.table),
    origin: change.origin,
  }
  scopes.set(change, scope)
  return scope
}
