import type { Pool } from '../database/pool.ts'
import type { Cursor, GapReason } from '../domain/cursor.ts'
import { gapOf, type Horizon, readHorizon } from './horizon.ts'
import { type ReplayPiece, replayJournal } from './replay-journal.ts'
import type { TableRegistry } from './table-registry.ts'

export interface ChangeHistoryOptions {
  readonly pool: Pool
  readonly registry: TableRegistry
  /** The history that is being served; null before the first connection. */
  readonly incarnation: () => string | null
  /** Milliseconds of a clock that only grows. */
  readonly now: () => number
}

/** A thousand apps that return together ask once. */
const horizonMaxAgeMs = 1_000

/** The past as the journal holds it. */
export class ChangeHistory {
  readonly #options: ChangeHistoryOptions
  #horizon: Promise<Horizon> | null = null
  #readAt = Number.NEGATIVE_INFINITY

  constructor(options: ChangeHistoryOptions) {
    this.#options = options
  }

  /**
   * Says whether a cursor can be continued from. The answer may be a second old where it says yes: {@link replay} looks
   * again, in the snapshot that it reads in.
   *
   * @returns null when it can, else why not
   * @throws RTB_DATABASE_*
   */
  async check(cursor: Cursor): Promise<GapReason | null> {
    const incarnation = this.#options.incarnation()
    if (gapOf(cursor, incarnation, await this.#read(false)) === null) return null
    return gapOf(cursor, incarnation, await this.#read(true))
  }

  /**
   * Streams what happened after `from` up to the checkpoint `to`; the session is given back when the iteration ends.
   * @throws CursorGap, RTB_DATABASE_*
   */
  async *replay(from: Cursor, to: Cursor, signal: AbortSignal): AsyncGenerator<ReplayPiece> {
    const { pool, registry } = this.#options
    const session = await pool.borrow()
    let whole = false
    try {
      for await (const piece of replayJournal(from, to, { session, pool, registry })) {
        if (signal.aborted) return
        yield piece
      }
      whole = true
    } finally {
      session.giveBack(whole)
    }
  }

  #read(fresh: boolean): Promise<Horizon> {
    const now = this.#options.now()
    if (this.#horizon === null || fresh || now - this.#readAt > horizonMaxAgeMs) {
      this.#readAt = now
      const reading = readHorizon(this.#options.pool.query)
      this.#horizon = reading
      reading.catch(() => {
        if (this.#horizon === reading) this.#horizon = null
      })
    }
    return this.#horizon
  }
}
