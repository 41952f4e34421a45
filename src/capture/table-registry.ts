import { readSql } from '../database/sql-file.ts'
import type { TextRow } from '../database/text-values.ts'
import type { CapturedTable } from '../domain/change.ts'
import type { JournalRow } from './change-row.ts'

type Query = (sql: string, values?: readonly unknown[]) => Promise<TextRow[]>

/**
 * The registered tables by id. A registration never changes, so an id once read stays right; an unknown id means that
 * the triggers were installed anew meanwhile, and the registry is read again.
 */
export class TableRegistry {
  #tables: ReadonlyMap<string, CapturedTable> = new Map()

  get tables(): ReadonlyMap<string, CapturedTable> {
    return this.#tables
  }

  /** True when the tables of all these journal rows are known; else {@link load} before they are looked at. */
  covers(rows: readonly JournalRow[]): boolean {
    return rows.every(({ table_id: id }) => id == null || id === '0' || this.#tables.has(id))
  }

  async load(query: Query): Promise<void> {
    const rows = await query(readSql('query/list_captured_tables.sql'))
    this.#tables = new Map(
      rows.map(row => [
        row['id'] ?? '',
        {
          id: Number(row['id']),
          schema: row['schema_name'] ?? '',
          name: row['table_name'] ?? '',
          keyColumns: JSON.parse(row['key_columns'] ?? '[]') as string[],
        },
      ]),
    )
  }
}
