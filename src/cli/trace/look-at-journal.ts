import type { AdminSession } from '../../database/admin-session.ts'
import { readSql } from '../../database/sql-file.ts'
import type { Change } from '../../domain/change.ts'
import { tableLabel } from '../../domain/change.ts'
import { counted } from '../../domain/counted.ts'
import { rowKey } from '../../expressions/row-key.ts'
import type { CatalogueTable } from '../../install/catalogue.ts'
import { type NewestChanges, readNewestChanges } from '../changes/newest-changes.ts'
import { type NamedRow, readNamedRow } from '../changes/table-key.ts'
import { step, type TraceStep } from './trace-step.ts'
import { isRewritten, writtenUnseen } from './written-unseen.ts'

/** What the journal has of a row, and what the table has. */
export interface JournalLook {
  readonly found: NewestChanges
  readonly row: NamedRow
  readonly steps: readonly [transaction: TraceStep, journal: TraceStep]
}

export interface JournalLookOptions {
  readonly table: CatalogueTable
  readonly given: readonly string[]
  readonly excluded: readonly string[]
  readonly limit: number
  readonly command: string
}

/** Looks for the changes of a row, and for what may have kept them out. @throws RTB_COMMAND_USAGE RTB_DATABASE_* */
export async function lookAtJournal(
  session: AdminSession,
  { table, given, excluded, limit, command }: JournalLookOptions,
): Promise<JournalLook> {
  const options = { given, excluded, command }
  const { key } = await readNamedRow(session, table, options)
  const found = await readNewestChanges(session, { table, key, limit })
  const [newest] = found.changes
  const journalled = newest === undefined || newest.truncated ? null : newest.newRow
  const row = await readNamedRow(session, table, { ...options, journalled })
  const writers = await session.query(readSql('query/list_open_writers.sql'), [table.oid])
  const open = writers.map(({ who, seconds }) => `${who}${seconds === null ? '' : `, open for ${seconds} s`}`)
  const journal = await judgeJournal(session, { table, excluded, row, changes: found.changes })
  return { found, row, steps: [judgeTransactions(newest, journal, open), journal] }
}

function judgeTransactions(
  newest: Change | undefined,
  journal: TraceStep,
  open: readonly string[],
): TraceStep {
  const isMissing = newest === undefined || journal.state === 'dropped'
  if (open.length > 0) {
    const hint = 'what it wrote is seen when it commits, and never when it rolls back'
    const found = `${counted(open.length, 'open transaction')} may have written to the table and not committed`
    return step('transaction', isMissing ? 'waiting' : 'warning', found, { details: open, hint })
  }
  if (newest !== undefined) return step('transaction', 'ok', `transaction ${newest.xid} has committed`)
  return step('transaction', 'ok', 'no open transaction has written to the table')
}

async function judgeJournal(
  session: AdminSession,
  options: {
    readonly table: CatalogueTable
    readonly excluded: readonly string[]
    readonly row: NamedRow
    readonly changes: readonly Change[]
  },
): Promise<TraceStep> {
  const { table, row, changes } = options
  const [newest] = changes
  const [capture = {}] = await session.query(readSql('query/inspect_capture.sql'), [table.oid])
  const unseen = writtenUnseen({ ...options, capture })
  const details = changes.map(describeChange)
  if (unseen !== null) return step('journal', unseen.state, unseen.why, { details, hint: unseen.hint })
  if (newest === undefined)
    return step('journal', 'dropped', `nothing of ${tableLabel(table)} ${row.key.join(', ')}`)
  const moved = movedTo(newest, table)
  const notes = [
    ...(moved === null || moved === rowId(row.key) ? [] : [`its key is ${moved} now`]),
    ...(row.refusal === null ? [] : [`the row as it is now cannot be looked at: ${row.refusal.message}`]),
    ...(isRewritten({ ...options, capture }) ? [rewritten(options.excluded)] : []),
  ]
  return step('journal', 'ok', `${counted(changes.length, 'change')}, the newest ${describeChange(newest)}`, {
    details: [...details.slice(1), ...notes],
  })
}

function rewritten(excluded: readonly string[]): string {
  const which = excluded.length === 0 ? '' : `, or only in excluded columns (${excluded.join(', ')})`
  return `it was written once more, after a savepoint of that transaction or later: nothing was different${which}, so that is no event`
}

function movedTo({ op, newRow }: Change, { keyColumns }: CatalogueTable): string | null {
  return op === 'UPDATE' && newRow !== null ? rowKey(newRow, keyColumns) : null
}

function rowId(key: readonly string[]): string {
  return key.length === 1 ? (key[0] ?? '') : JSON.stringify(key)
}

/** A change in a line: its place, what happened, when, and by whom. */
export function describeChange({ seq, xid, op, at, origin, truncated }: Change): string {
  const by = origin === null ? '' : ` by ${origin}`
  return `${op} at ${at}${by}, seq ${seq}, tx ${xid}${truncated ? ', only its key' : ''}`
}
