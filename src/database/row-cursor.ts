import type pg from 'pg'
import utils from 'pg/lib/utils.js'
import type { KeptStatement } from './kept-statements.ts'
import type { TextRow } from './text-values.ts'

/** What is used of pg's connection: its messages, and which statements the server has parsed. */
interface Wire {
  readonly parsedStatements: Readonly<Record<string, string>>
  parse(message: { name: string; text: string }): void
  bind(message: {
    statement: string
    values: readonly unknown[]
    valueMapper: typeof utils.prepareValue
  }): void
  describe(message: { type: 'P' }): void
  execute(message: { rows: number }): void
  flush(): void
  sync(): void
  readonly stream: { pause(): void; resume(): void }
}

interface Waiting {
  /** At most so many rows; 0 = all. */
  readonly count: number
  /** No more rows once they weigh so much. */
  readonly bytes: number
  weight: number
  readonly rows: TextRow[]
  readonly resolve: (rows: TextRow[]) => void
  readonly reject: (error: Error) => void
}

/**
 * A running statement whose rows are fetched as they are wanted: what pg calls a submittable. Rows are given out when the
 * statement says that they are all, not when the session is free again, which takes another round trip.
 *
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
 */
export class RowCursor implements pg.Submittable {
  /** pg notes under it that the statement was parsed. */
  readonly name: string
  readonly text: string
  /** Resolves when the session is free again, whatever came of the statement. */
  readonly ended: Promise<void>
  readonly #values: readonly unknown[]
  readonly #kept: KeptStatement
  #wire: Wire | null = null
  #waiting: Waiting | null = null
  /** Rows that came after those given out were heavy enough: what was on its way when the socket was paused. */
  #spare: TextRow[] = []
  /** The server sends rows that were asked for. */
  #isFetching = false
  /** All rows have come. */
  #isDone = false
  #isClosed = false
  #isWhole = false
  /** Its rows weigh more than was to be taken: they are let go as they come. */
  #isTooHeavy = false
  #isSynced = false
  #error: Error | null = null
  #end: () => void = () => {}

  /** @param kept null: the statement is parsed for this once */
  constructor(text: string, values: readonly unknown[], kept: KeptStatement | null) {
    this.text = text
    this.#values = values
    this.#kept = kept ?? { name: '', columns: null }
    this.name = this.#kept.name
    this.ended = new Promise(resolve => {
      this.#end = resolve
    })
  }

  /** Every row was given out. */
  get isOver(): boolean {
    return this.#isDone && this.#spare.length === 0
  }

  /**
   * The next rows, at most `count` (0 = all), and no more once their values have `bytes` characters: the socket is then paused, so
   * that what follows stays with the server, whatever it weighs. One call at a time. Rejects with what pg says.
   */
  read(count: number, bytes = Number.POSITIVE_INFINITY): Promise<TextRow[]> {
    if (this.#spare.length > 0) return Promise.resolve(this.#spare.splice(0, count))
    if (this.#isDone) return Promise.resolve([])
    if (this.#error !== null) return Promise.reject(this.#error)
    return new Promise((resolve, reject) => {
      this.#waiting = { count, bytes, weight: 0, rows: [], resolve, reject }
      if (this.#wire !== null) this.#fetch(this.#wire, count)
    })
  }

  /**
   * All its rows, in one exchange with the server, when what it changed is committed. Instead of `read` and `close`, before it is
   * submitted. Rejects with what pg says.
   * @param bytes where their values have so many characters nothing of them is kept; default no limit
   * @returns null when they weigh so much
   */
  async all(bytes?: number): Promise<TextRow[] | null> {
    this.#isWhole = true
    this.#isSynced = true
    const rows = await this.read(0, bytes)
    return this.#isTooHeavy ? null : rows
  }

  /** Ends it, finished or not. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#spare = []
    this.#sync()
    this.#wire?.stream.resume()
    await this.ended
  }

  #fetch(wire: Wire, count: number): void {
    if (this.#isFetching) {
      wire.stream.resume()
      return
    }
    this.#isFetching = true
    wire.execute({ rows: count })
    if (!this.#isSynced) wire.flush()
  }

  #sync(): void {
    if (this.#isSynced) return
    this.#isSynced = true
    this.#wire?.sync()
  }

  submit(connection: pg.Connection): void {
    const wire = connection as unknown as Wire
    const { name, text } = this
    if (name === '' || wire.parsedStatements[name] !== text) wire.parse({ name, text })
    wire.bind({ statement: name, values: this.#values, valueMapper: utils.prepareValue })
    if (this.#kept.columns === null) wire.describe({ type: 'P' })
    this.#wire = wire
    if (this.#waiting !== null) this.#fetch(wire, this.#waiting.count)
    if (this.#isSynced) wire.sync()
  }

  handleRowDescription({ fields }: { fields: readonly { name: string }[] }): void {
    this.#kept.columns = fields.map(field => field.name)
  }

  handleDataRow({ fields }: { fields: readonly (string | null)[] }): void {
    if (this.#isTooHeavy) return
    const row: Record<string, string | null> = {}
    const columns = this.#kept.columns ?? []
    for (let index = 0; index < columns.length; index++) row[columns[index] as string] = fields[index] ?? null
    const waiting = this.#waiting
    if (waiting === null) {
      if (!this.#isClosed) this.#spare.push(row)
      return
    }
    waiting.rows.push(row)
    for (const value of fields) waiting.weight += value?.length ?? 0
    if (waiting.weight < waiting.bytes) return
    if (this.#isWhole) {
      this.#isTooHeavy = true
      waiting.rows.length = 0
      return
    }
    if (!this.#isClosed) this.#wire?.stream.pause()
    this.#give()
  }

  handlePortalSuspended(): void {
    this.#isFetching = false
    this.#wire?.stream.resume()
    const waiting = this.#waiting
    // The last row of the fetch before was the one after which the socket was paused. Once it is closed there is nothing to fetch from.
    if (waiting?.rows.length === 0 && this.#wire !== null && !this.#isSynced)
      this.#fetch(this.#wire, waiting.count)
    else this.#give()
  }

  handleCommandComplete(): void {
    this.#isDone = true
    this.#isFetching = false
    this.#sync()
    this.#wire?.stream.resume()
    if (!this.#isWhole) this.#give()
  }

  handleEmptyQuery(): void {
    this.handleCommandComplete()
  }

  handleReadyForQuery(): void {
    if (this.#isWhole) this.#give()
    this.#end()
  }

  /** From the server, or because the connection is gone: then nothing follows. */
  handleError(error: Error): void {
    this.#error = error
    this.#sync()
    this.#waiting?.reject(error)
    this.#waiting = null
    this.#end()
  }

  #give(): void {
    const waiting = this.#waiting
    this.#waiting = null
    waiting?.resolve(waiting.rows)
  }
}
