import { onTestFinished } from 'vitest'
import { wholeTable } from '../../src/access/access-rules.ts'
import { incarnationOf } from '../../src/capture/incarnation.ts'
import { openPool } from '../../src/database/pool.ts'
import type { RowsRequest, TableRow } from '../../src/domain/table-rows.ts'
import { TableReader, type TableReaderOptions } from '../../src/snapshots/table-reader.ts'
import { adminOptions } from '../support/capture-fixture.ts'

/** A request for all rows of a table, as they are. */
export function allRows(table: string, more: Partial<RowsRequest> = {}): RowsRequest {
  return { table, columns: null, orderBy: null, where: null, limit: null, view: () => wholeTable, ...more }
}

/** Reads tables of a database; its sessions are ended after the test. */
export function openTables(url: string, more: Partial<TableReaderOptions> = {}, sessions = 2) {
  const pool = openPool(adminOptions(url), sessions)
  const errands = openPool(adminOptions(url), 1)
  onTestFinished(async () => {
    await Promise.all([pool.close(), errands.close()])
  })
  const tables = new TableReader({ pool, errands, incarnationOf, ...more })
  return {
    tables,
    pool,
    /** All rows of a request. */
    async read(request: RowsRequest): Promise<TableRow[]> {
      const open = await tables.open(request, new AbortController().signal)
      const rows: TableRow[] = []
      try {
        for (let piece = await open.read(); piece.length > 0; piece = await open.read()) rows.push(...piece)
      } finally {
        await open.close()
      }
      return rows
    },
  }
}
