import { createTranslator } from '../../catalogue/translator.ts'
import type { TextRow } from '../../database/text-values.ts'
import type { Change } from '../../domain/change.ts'
import { tableLabel } from '../../domain/change.ts'
import type { RtbridgeError } from '../../domain/errors/registry.ts'
import { rowKey } from '../../expressions/row-key.ts'
import type { CatalogueTable } from '../../install/catalogue.ts'
import type { NamedRow } from '../changes/table-key.ts'

/** A row that was written, and of which the journal says nothing, or something older. */
export interface Unseen {
  readonly state: 'dropped' | 'warning'
  readonly why: string
  readonly hint: string | null
}

export interface WrittenUnseenOptions {
  readonly table: CatalogueTable
  readonly excluded: readonly string[]
  readonly row: NamedRow
  /** Its changes in the journal, newest first. */
  readonly changes: readonly Change[]
  /** The row of `sql/query/inspect_capture.sql`. */
  readonly capture: TextRow
}

/**
 * Why the last write of a row is not in the journal; null when it is. The transaction ids say it: of the row, of the triggers, and of
 * the oldest that the journal remembers.
 */
export function writtenUnseen({
  table,
  excluded,
  row,
  changes,
  capture,
}: WrittenUnseenOptions): Unseen | null {
  const name = `${tableLabel(table)} ${row.key.join(', ')}`
  const [newest] = changes
  if (row.refusal !== null) return ofHiddenRow(name, newest, row.refusal)
  if (row.row === null) return isMoved(newest, table, row) ? null : ofMissingRow(name, newest, capture)
  const next = BigInt(capture['next_xid'] ?? '0')
  const written = wholeXid(row.xmin ?? '0', next)
  if (newest !== undefined) {
    if (written <= BigInt(newest.xid) || (row.isSame !== false && newest.op !== 'DELETE')) return null
    // What was compared has no excluded columns: they are not the reason.
    return bypassed(`${name} was written again since its newest change here`, [], capture)
  }
  const trigger = capture['trigger_xid']
  if (trigger == null)
    return { state: 'dropped', why: `nothing of ${name}: the table has no triggers`, hint: null }
  if (written < wholeXid(trigger, next)) {
    const why = `nothing of ${name}: it was last written before its triggers were made`
    return {
      state: 'dropped',
      why,
      hint: 'live tables bring rows that are there already; events begin with the next change',
    }
  }
  if (written <= BigInt(capture['pruned_xid'] ?? '0')) {
    const why = `nothing of ${name}: its last change is older than the journal, which keeps ${keptFor(capture)}`
    return {
      state: 'dropped',
      why,
      hint: 'journal.retention and journal.max_size say how long changes are kept',
    }
  }
  return bypassed(`nothing of ${name}, though it was written after its triggers were made`, excluded, capture)
}

/** Without SELECT on the table only the journal can be asked. */
function ofHiddenRow(
  name: string,
  newest: Change | undefined,
  { message, hint }: RtbridgeError,
): Unseen | null {
  if (newest !== undefined) return null
  return { state: 'dropped', why: `nothing of ${name}, and the row cannot be looked at: ${message}`, hint }
}

function ofMissingRow(name: string, newest: Change | undefined, capture: TextRow): Unseen | null {
  if (newest === undefined) {
    const why = `nothing of ${name}, and the table has no such row now`
    const hint = `check the key, and whether its transaction was rolled back; of rows that are gone the journal knows for ${keptFor(capture)}`
    return { state: 'dropped', why, hint }
  }
  if (newest.op === 'DELETE') return null
  const why = `the table has no ${name} any more, and the journal has no DELETE of it`
  return {
    state: 'warning',
    why,
    hint: 'TRUNCATE names no rows; else it was deleted while triggers did not fire',
  }
}

/** How long the journal keeps changes, as `rtbridge status` writes it. */
function keptFor(capture: TextRow): string {
  return createTranslator('en').duration(Number(capture['keep_ms']))
}

/** An UPDATE gave it another key. */
function isMoved(newest: Change | undefined, { keyColumns }: CatalogueTable, { key }: NamedRow): boolean {
  if (newest?.op !== 'UPDATE' || newest.newRow === null) return false
  return rowKey(newest.newRow, keyColumns) !== (key.length === 1 ? key[0] : JSON.stringify(key))
}

/** Whether a row was written since its newest change, with nothing that the journal keeps different; a savepoint looks the same. */
export function isRewritten({ row, changes, capture }: WrittenUnseenOptions): boolean {
  const [newest] = changes
  if (newest === undefined || row.xmin === null || row.isSame !== true) return false
  return wholeXid(row.xmin, BigInt(capture['next_xid'] ?? '0')) > BigInt(newest.xid)
}

function bypassed(what: string, excluded: readonly string[], capture: TextRow): Unseen {
  const off = JSON.parse(capture['triggers_off'] ?? '[]') as string[]
  const reasons = [
    ...(excluded.length === 0 ? [] : [`only excluded columns (${excluded.join(', ')}) were changed`]),
    ...(off.length === 0
      ? ['its session had session_replication_role = replica']
      : [`triggers do not fire for ${off.join(', ')}`]),
    'the triggers were disabled meanwhile',
  ]
  return { state: 'dropped', why: `${what}: ${reasons.join(', or ')}`, hint: 'run: rtbridge doctor' }
}

/** The whole id of a transaction of which a row keeps the lower half: the last one before `next` that ends so. */
export function wholeXid(half: string, next: bigint): bigint {
  const low = BigInt(half)
  const high = (next >> 32n) << 32n
  const whole = high + low
  return whole < next ? whole : whole - (1n << 32n)
}
