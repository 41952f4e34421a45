import type { Change } from '../domain/change.ts'
import type { TableRule } from '../domain/rule.ts'
import type { ChangeOutcome } from '../domain/rule-outcome.ts'
import { decodeValue } from '../expressions/decode-value.ts'
import { encodeValue } from '../expressions/encode-value.ts'
import { onlyMembers, splitObject, withoutMembers } from '../expressions/json-text.ts'

/** A change as the trigger would journal it. */
export interface CapturedRows {
  readonly change: Change
  /** See `ChangeOutcome.left_out`. */
  readonly leftOut: ChangeOutcome['left_out']
}

/**
 * Does to the rows of a change what the triggers do: takes excluded columns out, leaves out an UPDATE that changes
 * nothing else, and keeps only the key of a row that is too large. Pure.
 *
 * @param isStored it comes out of the journal: the triggers have judged it, perhaps by an older configuration, and only columns
 *   that are excluded by now are taken out
 * @throws RTB_ROW_UNREADABLE
 */
export function captureRows(
  change: Change,
  rule: Pick<TableRule, 'exclude' | 'maxRowBytes'>,
  isStored: boolean,
): CapturedRows {
  const kept = cut(change, rule.exclude)
  if (isStored) return { change: kept, leftOut: null }
  if (change.op === 'UPDATE' && isSame(kept.oldRow, kept.newRow)) {
    const leftOut = isSame(change.oldRow, change.newRow) ? 'unchanged' : 'excluded-only'
    return { change: kept, leftOut }
  }
  const isLarge = [kept.oldRow, kept.newRow].some(row => Buffer.byteLength(row ?? '') > rule.maxRowBytes)
  return { change: isLarge ? keyOnly(kept) : kept, leftOut: null }
}

function cut(change: Change, exclude: readonly string[]): Change {
  if (exclude.length === 0) return change
  const without = (row: string | null) => (row === null ? null : withoutMembers(row, exclude))
  return { ...change, oldRow: without(change.oldRow), newRow: without(change.newRow) }
}

function keyOnly(change: Change): Change {
  const names = new Set(change.table.keyColumns)
  const only = (row: string | null) => (row === null || names.size === 0 ? null : onlyMembers(row, names))
  return { ...change, oldRow: only(change.oldRow), newRow: only(change.newRow), truncated: true }
}

/** Equal as PostgreSQL stores them: 1.0 and 1.00 are two values. White space and the order of columns do not count. */
function isSame(before: string | null, after: string | null): boolean {
  if (before === null || after === null) return before === after
  const [left, right] = [splitObject(before), splitObject(after)]
  return left.size === right.size && [...left].every(([name, raw]) => plain(raw) === plain(right.get(name)))
}

function plain(raw: string | undefined): string | undefined {
  return raw !== undefined && /^["[{]/.test(raw) ? encodeValue(decodeValue(raw)) : raw
}
