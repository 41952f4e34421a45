import type { RowStream } from '../database/row-stream.ts'
import type { TextRow } from '../database/text-values.ts'
import type { TableRow } from '../domain/table-rows.ts'

/** What one fetch should weigh, bytes. */
const fetchBytes = 131_072
/** Rows of the first fetch, and of any: each may be as large as the largest row, and all of a fetch are in memory. */
const firstRows = 16
const mostRows = 256

/** The rows of a running statement, fetched in pieces of bounded size. */
export class FetchedRows {
  readonly #stream: RowStream
  #wanted = firstRows
  #isOver = false

  constructor(stream: RowStream) {
    this.#stream = stream
  }

  /** The next piece; empty at the end. @throws RTB_DATABASE_* */
  async next(): Promise<readonly TextRow[]> {
    if (this.#isOver) return []
    const rows = await this.#stream.read(this.#wanted)
    this.#isOver = rows.length < this.#wanted
    const bytes = rows.reduce((sum, row) => sum + 100 + (row['row']?.length ?? 0), 0)
    // It grows slowly: the rows so far say little of those to come.
    const fitting = rows.length === 0 ? this.#wanted : Math.floor((fetchBytes * rows.length) / bytes)
    this.#wanted = Math.max(1, Math.min(mostRows, fitting, this.#wanted * 4))
    return rows
  }
}

/** A row of the statement as the hub takes it. */
export function toTableRow(row: TextRow): TableRow {
  return { text: row['row'] ?? '{}', truncated: row['truncated'] === 't' }
}
