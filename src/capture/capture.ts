import { type Connection, openConnection } from '../database/connection.ts'
import type { DatabaseOptions } from '../database/connection-settings.ts'
import { openStallWatch } from '../database/open-stall-watch.ts'
import { readSql } from '../database/sql-file.ts'
import type { StallWatch } from '../database/stall-watch.ts'
import { toDatabaseError } from '../database/translate-error.ts'
import type { Change } from '../domain/change.ts'
import { type Cursor, CursorGap, type GapReason, serverRunOf } from '../domain/cursor.ts'
import { RtbridgeError } from '../domain/errors/registry.ts'
import { gapOf, readHorizon } from './horizon.ts'
import { beginServerRun, identifyHistory } from './incarnation.ts'
import { type ChangeBatch, JournalReader, newReaderCounters, type ReaderCounters } from './journal-reader.ts'
import { ListenerSupervisor } from './listener-supervisor.ts'
import { canContinue } from './read-journal.ts'
import { ReadLag } from './read-lag.ts'
import { RetryDelay } from './retry-delay.ts'
import type { TableRegistry } from './table-registry.ts'
import { WakeSignal } from './wake-signal.ts'

export interface CaptureOptions {
  readonly database: DatabaseOptions
  /** False: paced reads only, nothing is armed. */
  readonly doorbell: boolean
  readonly pacingMs: number
  /** Longest sleep without a look, ms; five times that while nothing rings and there are no clients. */
  readonly safetyReadMs: number
  /** A canary whose ring was lost must be found well before this, ms. Default: there is no canary. */
  readonly canaryTimeoutMs?: number | undefined
  /** Somebody is connected, who gets what is found; {@link Capture.lookNow} is called when the first one comes. Default: always. */
  readonly hasClients?: () => boolean
  /** Only the fence's own test turns it off. */
  readonly fence: boolean
  /** Small transactions do not wait for one with more changes. Default 10,000. */
  readonly bigRows?: number
  /** Existing pg_notify channels to bridge as they are. */
  readonly channels: readonly string[]
  readonly registry: TableRegistry
  /** 0 ≤ random() < 1, for jitter. */
  readonly random: () => number
  /** First position, or a new one after a gap: nothing before it will be delivered. */
  readonly onStart: (cursor: Cursor, gap: GapReason | null) => void
  readonly onBatch: (batch: ChangeBatch) => void | Promise<void>
  /** Told of every change of the canary, any hub's. Default: nobody. */
  readonly onCanary?: (change: Change) => void
  /** A notification on one of `channels`. */
  readonly onNotification: (channel: string, payload: string) => void
  /** Connected and reading again, perhaps through a pooler, or not any more and why. */
  readonly onState: (state: { live: true; pooled: boolean } | { live: false; error: RtbridgeError }) => void
  /** Asked before reading starts. @throws RTB_INSTALL_* when the schema does not fit; retried like a lost connection */
  readonly checkSchema: (session: Connection) => Promise<void>
}

const maxBackoffMs = 50
/** Takes about a quarter of a second of a hub's time. */
const bigRows = 10_000
/** A database that is back is found by then: half of the two seconds in which a hub is live again. */
const maxRetryMs = 1_000
const pingEveryMs = 10_000
const pingTimeoutMs = 5_000
/** What the database has not answered by then is cut when the capture closes. */
const closeWithinMs = 1_000
/** How many times longer than configured an answer may take in the end. */
const mostPatience = 64

/** Database → changes in order, for ever: reconnects, and continues from where it was. */
export class Capture {
  readonly counters: ReaderCounters = newReaderCounters()
  readonly #options: CaptureOptions
  readonly #lag = new ReadLag(() => performance.now())
  readonly #wake = new WakeSignal()
  readonly #closed = new AbortController()
  readonly #listener: ListenerSupervisor | null
  readonly #stalls: StallWatch
  readonly #delay: RetryDelay
  readonly #running: Promise<void>
  #cursor: Cursor | null = null
  #reader: JournalReader | null = null
  #opened: readonly Connection[] = []
  #helperPid = 0
  #pooled = false
  /** Doubled by each time-out of a connected session, so that a batch that takes long to sort gets through. */
  #patience = 1

  constructor(options: CaptureOptions) {
    this.#options = options
    this.#stalls = openStallWatch(options.database, () => this.#leave())
    this.#delay = this.#retryDelay()
    const channels = options.doorbell ? ['rtbridge', ...options.channels] : options.channels
    const needed = channels.length > 0
    this.#listener = needed ? new ListenerSupervisor(this.#listenerOptions(channels)) : null
    this.#running = this.#run()
  }

  /** True while the doorbell can be heard; without it the journal is read at short intervals. */
  get hears(): boolean {
    return this.#options.doorbell && !this.#pooled && (this.#listener?.hears ?? false)
  }

  /** A pooler stands before the database: no session is ours alone, so there is neither doorbell nor sentinel. */
  get pooled(): boolean {
    return this.#pooled
  }

  /** How far the reader may be behind the database, ms; null before its first read. */
  get lagMs(): number | null {
    return this.#lag.ms
  }

  /** Somebody waits for the position to move: reads now, if it sleeps. */
  lookNow(): void {
    this.#reader?.lookNow()
  }

  /** Ends reading after the statement under way, or after a second if the database does not answer it. */
  async close(): Promise<void> {
    this.#closed.abort()
    this.#reader?.close()
    const cut = setTimeout(() => {
      for (const connection of this.#opened) connection.destroy()
    }, closeWithinMs)
    await Promise.all([this.#running, this.#listener?.close(), this.#stalls.close()])
    clearTimeout(cut)
  }

  /** Gives up connections whose network was away: the database is there, so that new ones are opened at once. */
  #leave(): void {
    this.#delay.reset()
    this.#listener?.doubt()
    for (const connection of this.#opened) connection.destroy()
  }

  async #run(): Promise<void> {
    while (!this.#closed.signal.aborted) {
      try {
        await this.#readUntilLost()
      } catch (error) {
        if (this.#closed.signal.aborted) return
        // Left behind by pruning, or the journal was made anew: the next start says so, and reads on from there.
        if (!(error instanceof CursorGap)) {
          this.counters.failures++
          this.#options.onState({ live: false, error: toDatabaseError(error) })
        }
        await this.#delay.wait(this.#closed.signal)
      }
    }
  }

  async #readUntilLost(): Promise<void> {
    const { checkSchema, registry, onState, onBatch } = this.#options
    const database = this.#patientDatabase()
    const opened: Connection[] = []
    this.#opened = opened
    const session = { signal: this.#closed.signal, keepsPlans: true }
    try {
      const reader = await openConnection(database, 'reader', session)
      opened.push(reader)
      this.#listener?.allow(!reader.pooled)
      const helper = await openConnection(database, 'helper', session)
      opened.push(helper)
      this.#helperPid = helper.pid
      this.#pooled = reader.pooled || helper.pooled
      await checkSchema(helper)
      const { cursor, journalOid } = await this.#establish(helper)
      await registry.load(helper.query)
      this.counters.connects++
      onState({ live: true, pooled: this.#pooled })
      this.#delay.reset()
      this.#reader = new JournalReader(cursor, {
        ...this.#options,
        reader,
        helper,
        journalOid,
        ownSessions: !this.#pooled,
        maxBackoffMs,
        bigRows: this.#options.bigRows ?? bigRows,
        wake: this.#wake,
        hears: () => this.hears,
        hasClients: this.#options.hasClients ?? (() => true),
        counters: this.counters,
        lag: this.#lag,
        onMissedBell: () => this.#listener?.doubt(),
        onBatch: batch => {
          if (canContinue(batch.cursor)) this.#cursor = batch.cursor
          if (batch.cursor.inBatch === null) this.#patience = 1
          return onBatch(batch)
        },
      })
      void Promise.race(opened.map(connection => connection.lost)).then(() => this.#wake.nudge())
      if (this.#closed.signal.aborted) return
      await this.#reader.run()
    } catch (error) {
      const isTimeout = error instanceof RtbridgeError && error.code === 'RTB_DATABASE_TIMEOUT'
      if (isTimeout && opened.length === 2) this.#patience = Math.min(this.#patience * 2, mostPatience)
      throw error
    } finally {
      this.counters.sentinel = false
      this.#reader = null
      // Who answers at that address may be another one next time.
      this.#listener?.allow(false)
      await Promise.all(opened.map(connection => connection.close()))
    }
  }

  #patientDatabase(): DatabaseOptions {
    const { database } = this.#options
    const answerTimeoutMs = database.answerTimeoutMs * this.#patience
    return { ...database, answerTimeoutMs, stalls: this.#stalls }
  }

  /** Where to read from: the last position if it is still of this history and whole, else now. */
  async #establish(helper: Connection): Promise<{ cursor: Cursor; journalOid: string }> {
    let { incarnation, snapshot, journalOid } = await identifyHistory(helper)
    const gap = await this.#gapIn(incarnation, helper)
    if (gap === 'future') {
      // The server was put back in time without a new start. Cursors of the time that is gone are around.
      await beginServerRun(helper, serverRunOf(incarnation))
      ;({ incarnation, snapshot, journalOid } = await identifyHistory(helper))
    }
    // Before a position is given out it must be durable (the fence's argument holds for cursors, too).
    await helper.query(readSql('query/flush_wal.sql'))
    if (this.#cursor !== null && gap === null) this.#cursor = { ...this.#cursor, incarnation }
    else {
      this.#cursor = { incarnation, snapshot, inBatch: null }
      this.#options.onStart(this.#cursor, gap)
    }
    return { cursor: this.#cursor, journalOid }
  }

  async #gapIn(incarnation: string, helper: Connection): Promise<GapReason | null> {
    return this.#cursor === null ? null : gapOf(this.#cursor, incarnation, await readHorizon(helper.query))
  }

  #listenerOptions(channels: readonly string[]) {
    return {
      database: { ...this.#options.database, stalls: this.#stalls },
      channels,
      onNotification: (channel: string, payload: string, pid: number) => {
        // Our own ring for the other hubs tells us nothing.
        if (channel !== 'rtbridge') this.#options.onNotification(channel, payload)
        else if (pid !== this.#helperPid) {
          this.counters.bells++
          this.#wake.ring()
        }
      },
      // After LISTEN, read: what was committed before it rang for nobody.
      onChange: (hears: boolean) => (hears ? this.#wake.ring() : this.#wake.nudge()),
      retryDelay: () => this.#retryDelay(),
      pingEveryMs,
      pingTimeoutMs,
    }
  }

  #retryDelay(): RetryDelay {
    return new RetryDelay({ minMs: 100, maxMs: maxRetryMs, random: this.#options.random })
  }
}
