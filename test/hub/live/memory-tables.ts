import { rtbridgeError } from '../../../src/domain/errors/registry.ts'
import type { OpenRows, RowsRequest, TableRow, TableRows } from '../../../src/domain/table-rows.ts'
import { checkpointAt, incarnation } from '../memory-history.ts'

/** A table `bookings` of rows `{"n": 1, "text": …}`, of which the test says how fast they come. */
export class MemoryTables implements TableRows {
  readonly requests: RowsRequest[] = []
  /** Reads that are open now, and the most there were. */
  open_ = 0
  most = 0
  rows: TableRow[] = []
  /** The transaction up to which the rows are. */
  tx = 0
  incarnation = incarnation
  /** Awaited before each piece. */
  beforePiece: () => Promise<void> = async () => {}
  /** Thrown by the next reads, one each. */
  readonly failures: unknown[] = []

  constructor(count: number, textLength = 10) {
    this.rows = Array.from({ length: count }, (_, at) => ({
      text: `{"n": ${at + 1}, "text": "${'x'.repeat(textLength)}"}`,
      truncated: false,
    }))
  }

  async open(request: RowsRequest, signal: AbortSignal): Promise<OpenRows> {
    this.requests.push(request)
    const failure = this.failures.shift()
    if (failure !== undefined) throw failure
    const table = { id: 1, schema: 'public', name: 'bookings', keyColumns: ['n'] }
    if (request.table !== 'bookings' || request.view(table) === null) {
      throw rtbridgeError('RTB_SNAPSHOT_TABLE', { table: request.table, suggestion: null })
    }
    this.open_++
    this.most = Math.max(this.most, this.open_)
    let isOpen = true
    const close = () => {
      if (isOpen) this.open_--
      isOpen = false
    }
    signal.addEventListener('abort', close)
    let at = 0
    return {
      table,
      columns: [
        { name: 'n', type: 'integer' },
        { name: 'text', type: 'text' },
      ],
      partitioned: false,
      cursor: { ...checkpointAt(this.tx), incarnation: this.incarnation },
      read: async () => {
        await this.beforePiece()
        if (!isOpen) throw rtbridgeError('RTB_DATABASE_LOST', { detail: 'closed' })
        at += 100
        return this.rows.slice(at - 100, at)
      },
      close: async () => close(),
    }
  }
}
