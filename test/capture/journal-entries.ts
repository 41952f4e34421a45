import type { TestDatabase } from '../support/test-database.ts'

type Queryable = Pick<TestDatabase, 'query'>

const operations: Readonly<Record<string, string>> = {
  I: 'INSERT',
  U: 'UPDATE',
  D: 'DELETE',
  T: 'TRUNCATE',
  P: 'PUBLISH',
}

/** A row of the journal as it is stored; rows of tables as the text PostgreSQL prints. */
export interface JournalEntry {
  readonly op: string
  /** As registered; without the schema when that is `public`. */
  readonly table: string
  readonly truncated: boolean
  readonly origin: string | null
  readonly xid: string
  readonly oldRow: string | null
  readonly newRow: string | null
}

/**
 * Does something and returns what it left in the journal, in order.
 *
 * @param work statements, run on the database's pool in one transaction, or any steps
 */
export async function journalOf(
  database: Queryable,
  work: string | (() => Promise<unknown>),
): Promise<JournalEntry[]> {
  const { rows: before } = await database.query<{ seq: string }>(
    'SELECT coalesce(max(seq), 0) AS seq FROM rtbridge.journal',
  )
  await (typeof work === 'string' ? database.query(work) : work())
  const { rows } = await database.query<JournalEntry & { schema: string }>(
    `SELECT j.op, t.schema_name AS schema, t.table_name AS table, j.truncated, j.origin, j.xid::text AS xid,
            j.old_row::text AS "oldRow", j.new_row::text AS "newRow"
     FROM rtbridge.journal j LEFT JOIN rtbridge.captured_table t ON t.id = j.table_id
     WHERE j.seq > $1 ORDER BY j.seq`,
    [before[0]?.seq],
  )
  return rows.map(({ schema, ...row }) => ({
    ...row,
    op: operations[row.op] ?? row.op,
    table: schema === 'public' || row.table === null ? row.table : `${schema}.${row.table}`,
  }))
}

/** Entries as lines to compare: `UPDATE booking {"id": 1} -> {"id": 2}`. */
export async function journalLines(
  database: Queryable,
  work: string | (() => Promise<unknown>),
): Promise<string[]> {
  return (await journalOf(database, work)).map(({ op, table, truncated, oldRow, newRow }) =>
    [
      op,
      table,
      oldRow,
      oldRow !== null && newRow !== null ? '->' : null,
      newRow,
      truncated ? '(truncated)' : null,
    ]
      .filter(part => part !== null)
      .join(' '),
  )
}
