import { toChange } from '../../capture/change-row.ts'
import { incarnationOf } from '../../capture/incarnation.ts'
import { TableRegistry } from '../../capture/table-registry.ts'
import type { AdminSession } from '../../database/admin-session.ts'
import { readSql } from '../../database/sql-file.ts'
import type { Change } from '../../domain/change.ts'
import { historyOf } from '../../domain/cursor.ts'

export interface NewestChangesOptions {
  /** Null: of all tables. */
  readonly table: { readonly schema: string; readonly name: string } | null
  /** Of one row, a text for each column of its key; null: of all rows. */
  readonly key: readonly string[] | null
  readonly limit: number
  /** Only changes of this transaction and later ones, decimal text; default all. */
  readonly from?: string
}

/** What the journal holds. */
export interface NewestChanges {
  /** Newest first. */
  readonly changes: readonly Change[]
  /** Part of the ids of their events. */
  readonly history: string
  /** As cursors carry it. */
  readonly incarnation: string
}

/** Reads the newest changes, the present registration of the table and former ones. @throws RTB_DATABASE_* */
export async function readNewestChanges(
  session: Pick<AdminSession, 'query'>,
  { table, key, limit, from }: NewestChangesOptions,
): Promise<NewestChanges> {
  const registry = new TableRegistry()
  await registry.load(session.query)
  const ids = [...registry.tables.values()]
    .filter(({ schema, name }) => schema === table?.schema && name === table.name)
    .map(({ id }) => id)
  const values = [table === null ? null : ids, key, limit, from ?? null]
  const rows = await session.query(readSql('query/read_newest_changes.sql'), values)
  const [history = {}] = await session.query(readSql('query/identify_database.sql'))
  const incarnation = incarnationOf(history)
  const changes = rows.map(row => toChange(row, registry.tables)).filter(change => change !== null)
  // The index is by transaction; who waits for a row writes it later, with an older transaction.
  changes.sort((a, b) => (BigInt(a.seq) < BigInt(b.seq) ? 1 : -1))
  return { changes, history: historyOf(incarnation), incarnation }
}
