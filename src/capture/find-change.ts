import type { Pool } from '../database/pool.ts'
import { readSql } from '../database/sql-file.ts'
import { type CapturedTable, type Change, isCanary, type Operation } from '../domain/change.ts'
import { toChange } from './change-row.ts'
import type { TableRegistry } from './table-registry.ts'

export interface JournalOptions {
  readonly pool: Pick<Pool, 'query'>
  readonly registry: TableRegistry
}

/** One change: by its transaction and its position in the journal, both decimal text, or the last one of a table. */
export type WantedChange =
  | { readonly tx: string; readonly seq: string }
  | { readonly tables: readonly CapturedTable[]; readonly op: Exclude<Operation, 'PUBLISH'> }

/**
 * Looks for a change in the journal.
 * @returns null when it is not there, or not any more
 * @throws RTB_DATABASE_*
 */
export async function findChange(
  wanted: WantedChange,
  { pool, registry }: JournalOptions,
): Promise<Change | null> {
  const [row] =
    'seq' in wanted
      ? await pool.query(readSql('query/find_change.sql'), [wanted.tx, wanted.seq])
      : await pool.query(readSql('query/find_last_change.sql'), [
          wanted.tables.map(({ id }) => id),
          wanted.op.slice(0, 1),
        ])
  if (row === undefined) return null
  if (!registry.covers([row])) await registry.load(pool.query)
  const change = toChange(row, registry.tables)
  return change === null || isCanary(change.table) ? null : change
}
