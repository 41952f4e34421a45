import type { CapturedTable, Change, Operation } from '../domain/change.ts'

/** Values of one journal row as text, as the queries under `sql/query` return them. */
export type JournalRow = Readonly<Record<string, string | null>>

const operations: Readonly<Record<string, Operation>> = {
  I: 'INSERT',
  U: 'UPDATE',
  D: 'DELETE',
  T: 'TRUNCATE',
  P: 'PUBLISH',
}

/** No table: the row was made by `rtbridge.publish`. */
export const noTable: CapturedTable = { id: 0, schema: '', name: '', keyColumns: [] }

/**
 * A journal row as a change.
 * @returns null when its table or operation is not known
 */
export function toChange(row: JournalRow, tables: ReadonlyMap<string, CapturedTable>): Change | null {
  const table = row['table_id'] === '0' ? noTable : tables.get(row['table_id'] ?? '')
  const op = operations[row['op'] ?? '']
  if (table === undefined || op === undefined) return null
  return {
    seq: row['seq'] ?? '',
    xid: row['xid'] ?? '',
    at: toTimestamp(row['at'] ?? ''),
    table,
    op,
    oldRow: row['old_row'] ?? null,
    newRow: row['new_row'] ?? null,
    // A custom setting that was SET LOCAL reads as the empty text for the rest of its session.
    origin: row['origin'] || null,
    truncated: row['truncated'] === 't',
  }
}

/** `2026-01-02 03:04:05.678+00`, as a session in UTC prints it, in the form of RFC 3339. */
function toTimestamp(text: string): string {
  return `${text.slice(0, 10)}T${text.slice(11).replace(/\+00$/, 'Z')}`
}
