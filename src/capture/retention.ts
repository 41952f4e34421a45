import type { Pool } from '../database/pool.ts'
import { readSql } from '../database/sql-file.ts'
import type { JournalGauges } from '../domain/journal-gauges.ts'
import { readJournalGauges } from './journal-gauges.ts'

export interface RetentionOptions {
  readonly pool: Pick<Pool, 'query'>
  /** How long changes are kept, ms. */
  readonly keepMs: number
  /** Above about this many bytes the oldest go earlier. */
  readonly maxBytes: number
  /** Pause after the first look, ms. Each is twice as long as the one before. */
  readonly soonMs: number
  /** The longest pause between looks, ms. */
  readonly everyMs: number
  readonly onPruned: (rows: number) => void
  readonly onError: (error: unknown) => void
}

/** Rows per statement: short enough to hold no lock for long and to leave vacuum behind. */
const sliceRows = 5_000

/**
 * Prunes the journal and the keys of what was published at intervals, slice by slice. The guard in the database does the same when no hub runs.
 * It looks more often just after its start: who has started a hub looks at what it tells, and the first look was before anything happened.
 */
export class Retention {
  readonly #options: RetentionOptions
  #pauseMs: number
  #timer: NodeJS.Timeout | undefined
  #closed = false
  #gauges: JournalGauges | null = null

  constructor(options: RetentionOptions) {
    this.#options = options
    this.#pauseMs = options.soonMs
    this.#schedule(0)
  }

  /** The journal as it was at the last look; null before the first. */
  get gauges(): JournalGauges | null {
    return this.#gauges
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  #schedule(afterMs: number): void {
    if (this.#closed) return
    this.#timer = setTimeout(() => {
      void this.#prune().then(() => {
        this.#schedule(this.#pauseMs)
        this.#pauseMs = Math.min(2 * this.#pauseMs, this.#options.everyMs)
      })
    }, afterMs)
  }

  async #prune(): Promise<void> {
    const { pool, keepMs, maxBytes, onPruned, onError } = this.#options
    try {
      await pool.query(readSql('query/set_retention.sql'), [keepMs, maxBytes])
      let rows = sliceRows
      while (rows === sliceRows && !this.#closed) {
        rows = await this.#pruneSlice('SELECT rtbridge.prune($1) AS rows')
        if (rows > 0) onPruned(rows)
      }
      this.#gauges = await readJournalGauges(pool)
      // Last: a hub that lacks the right to it still does the rest.
      do rows = await this.#pruneSlice('SELECT rtbridge.prune_publish_keys($1) AS rows')
      while (rows === sliceRows && !this.#closed)
    } catch (error) {
      onError(error)
    }
  }

  async #pruneSlice(sql: string): Promise<number> {
    const [row] = await this.#options.pool.query(sql, [sliceRows])
    return Number(row?.['rows'] ?? 0)
  }
}
