import type { BorrowedSession, Pool } from '../database/pool.ts'
import { readSql } from '../database/sql-file.ts'
import { type BuiltStatement, loadStatementBuilder } from '../database/statement-builder.ts'
import type { TextRow } from '../database/text-values.ts'
import { rtbridgeError } from '../domain/errors/registry.ts'
import { parseSnapshot } from '../domain/snapshot.ts'
import type { OpenRows, RowsRequest, TableRows, TableView } from '../domain/table-rows.ts'
import { composeRead } from './compose-read.ts'
import { FetchedRows, toTableRow } from './fetched-rows.ts'
import type { TableDescription } from './table-description.ts'
import { checkRequest, columnsOf, parseDescription, unknownTable } from './table-description.ts'
import { watchWaiters } from './watch-waiters.ts'

export interface TableReaderOptions {
  /** Each read takes a session of it for as long as it lasts. */
  readonly pool: Pool
  /** For what must not wait for a running read. */
  readonly errands: Pick<Pool, 'query'>
  /** The incarnation that a database says of itself. */
  readonly incarnationOf: (row: TextRow) => string
  /**
   * Hears of a captured table that was asked for and that the role of the pool may not read.
   * @param table schema and name, quoted
   * @param fix the statements that would let it
   */
  readonly onUnreadable?: (table: string, fix: string) => void
  /** False leaves out the wait for the WAL, which only its own test may do. Default true. */
  readonly fence?: boolean
}

/** As often is a table looked at anew that changes while it is looked at. */
const mostLooks = 5

/** Reads the rows of captured tables, each table in one statement. */
export class TableReader implements TableRows {
  readonly #options: TableReaderOptions

  constructor(options: TableReaderOptions) {
    this.#options = options
  }

  async open(request: RowsRequest, signal: AbortSignal): Promise<OpenRows> {
    for (let look = 1; ; look++) {
      const { description, view } = await this.#describe(request)
      const statement = composeRead(await loadStatementBuilder(), description, request, view)
      const session = await this.#options.pool.borrow()
      const read = new Read(session, statement, {
        errands: this.#options.errands,
        signal,
        table: request.table,
      })
      try {
        const head = await read.head()
        if (head.description === description.text) {
          if (!head.flushed && this.#options.fence !== false) {
            await this.#options.errands.query(readSql('query/flush_wal.sql'))
          }
          const cursor = {
            incarnation: this.#incarnation(head),
            snapshot: parseSnapshot(head.snapshot),
            inBatch: null,
          }
          const { table, partitioned } = description
          const columns = columnsOf(description, request.columns, view)
          return {
            table,
            columns,
            partitioned,
            cursor,
            read: () => read.rows(),
            close: () => read.close(),
          }
        }
        // The table changed between the look at it and the statement: what was built may be wrong by now.
        await read.close()
        if (look === mostLooks) throw rtbridgeError('RTB_SNAPSHOT_FAILED', { table: request.table })
      } catch (error) {
        await read.close()
        if (signal.aborted || look === mostLooks || !(await this.#hasChanged(request, description)))
          throw error
      }
    }
  }

  async #describe(request: RowsRequest): Promise<{ description: TableDescription; view: TableView }> {
    const text = await this.#look(request)
    if (text !== null) {
      const description = parseDescription(text)
      const view = request.view(description.table)
      if (view !== null && description.table.schema !== 'rtbridge') {
        if (!description.readable) await this.#tellUnreadable(description)
        checkRequest(description, request, view)
        return { description, view }
      }
    }
    throw unknownTable(request, await this.#options.pool.query(readSql('query/list_live_tables.sql')))
  }

  async #tellUnreadable({ relation }: TableDescription): Promise<void> {
    const rows = await this.#options.pool.query(readSql('query/list_unreadable_tables.sql'), [relation])
    for (const row of rows) this.#options.onUnreadable?.(row['relation'] ?? '', row['fix'] ?? '')
  }

  async #look({ table }: RowsRequest): Promise<string | null> {
    // PostgreSQL has no such text, so no table is called so.
    if (table.includes('\0') || /\p{Surrogate}/u.test(table)) return null
    const [row] = await this.#options.pool.query(readSql('query/describe_live_table.sql'), [table])
    return row?.['description'] ?? null
  }

  /** A statement about a table that was altered meanwhile fails in many ways. */
  async #hasChanged(request: RowsRequest, { text }: TableDescription): Promise<boolean> {
    return (await this.#look(request).catch(() => text)) !== text
  }

  /** Of the database that the rows came from, whichever it is: a cursor that is not good here is answered with a gap. */
  #incarnation({ place }: Head): string {
    if (place['server_run_goes_on'] !== 't') {
      throw rtbridgeError('RTB_DATABASE_STARTING', { detail: 'this run of the server is not known yet' })
    }
    return this.#options.incarnationOf(place)
  }
}

interface Head {
  readonly snapshot: string
  readonly flushed: boolean
  readonly description: string | null
  /** Which history the rows are of. */
  readonly place: TextRow
}

interface ReadOptions {
  readonly errands: Pick<Pool, 'query'>
  readonly signal: AbortSignal
  /** As it is called in errors. */
  readonly table: string
}

/** One statement in a session of its own. */
class Read {
  readonly #session: BorrowedSession
  readonly #stream
  readonly #fetched: FetchedRows
  readonly #options: ReadOptions
  #first: readonly TextRow[] = []
  #isReading = false
  #failed = false
  #closing: Promise<void> | null = null
  #isInTheWay = false
  readonly #onAbort = () => void this.close()
  readonly #endWatch: () => void

  constructor(session: BorrowedSession, { sql, values }: BuiltStatement, options: ReadOptions) {
    const { errands, signal } = options
    this.#session = session
    this.#options = options
    this.#stream = session.stream(sql, values, readSql('query/prepare_snapshot.sql'))
    this.#fetched = new FetchedRows(this.#stream)
    this.#endWatch = watchWaiters(session, errands, () => {
      this.#isInTheWay = true
      void this.close()
    })
    if (signal.aborted) void this.close()
    else signal.addEventListener('abort', this.#onAbort)
  }

  async head(): Promise<Head> {
    const [row, ...rest] = await this.#next()
    if (row?.['head'] == null)
      throw rtbridgeError('RTB_INTERNAL', { part: 'a read of rows without its head' })
    this.#first = rest
    const { snapshot, flushed, description, ...place } = JSON.parse(row['head']) as Record<string, unknown>
    return {
      snapshot: String(snapshot),
      flushed: flushed === true,
      description: typeof description === 'string' ? description : null,
      place: asText(place),
    }
  }

  async rows() {
    const first = this.#first
    this.#first = []
    const rows = first.length > 0 ? first : await this.#next()
    return rows.map(toTableRow)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #next(): Promise<readonly TextRow[]> {
    const { table } = this.#options
    if (this.#isInTheWay) throw rtbridgeError('RTB_SNAPSHOT_IN_THE_WAY', { table })
    if (this.#closing !== null) throw rtbridgeError('RTB_DATABASE_LOST', { detail: 'the read was given up' })
    this.#isReading = true
    try {
      return await this.#fetched.next()
    } catch (error) {
      this.#failed = true
      throw this.#isInTheWay ? rtbridgeError('RTB_SNAPSHOT_IN_THE_WAY', { table }, error) : error
    } finally {
      this.#isReading = false
    }
  }

  async #close(): Promise<void> {
    this.#endWatch()
    this.#options.signal.removeEventListener('abort', this.#onAbort)
    if (this.#isReading) {
      // It may be sorting for a minute: nobody waits for that, here or there.
      const { pid, pooled } = this.#session
      this.#session.giveBack(false)
      if (!pooled)
        await this.#options.errands.query(readSql('query/cancel_read.sql'), [String(pid)]).catch(() => {})
      return
    }
    const isWhole = await this.#stream.close().then(
      () => !this.#failed,
      () => false,
    )
    this.#session.giveBack(isWhole)
  }
}

/** The values of a JSON object as the texts that the same columns of a row would be. */
function asText(values: Readonly<Record<string, unknown>>): TextRow {
  const toText = (value: unknown) => (typeof value === 'boolean' ? (value ? 't' : 'f') : String(value))
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, value === null ? null : toText(value)]),
  )
}
