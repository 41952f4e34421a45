import type { Connection } from '../database/connection.ts'
import { readSql } from '../database/sql-file.ts'
import type { Change } from '../domain/change.ts'
import type { Cursor } from '../domain/cursor.ts'
import { type Snapshot, sameSnapshot } from '../domain/snapshot.ts'
import { doorbellLock, hubLock, sentinelLock } from './advisory-locks.ts'
import {
  calmFor,
  type DoorbellInput,
  type DoorbellRules,
  firstDoorbellState,
  nextDoorbellStep,
  pauseAfterRead,
  type ReadEffort,
} from './doorbell-state.ts'
import { fewRows } from './piece-size.ts'
import { readJournal } from './read-journal.ts'
import type { ReadLag } from './read-lag.ts'
import type { TableRegistry } from './table-registry.ts'
import type { WakeSignal } from './wake-signal.ts'

/** While nothing rings the sentinel counts the other hubs at each fifth look only, and without clients looks a fifth as often. */
const restFactor = 5

/** Changes in order and the position after them; empty when only the position moved. */
export interface ChangeBatch {
  readonly changes: readonly Change[]
  readonly cursor: Cursor
}

export interface JournalReaderOptions extends DoorbellRules {
  /** Holds the advisory locks and runs the reads. */
  readonly reader: Connection
  /** Flushes, rings, counts hubs: what must not wait for a running read. */
  readonly helper: Connection
  /**
   * Reader and helper have their server sessions to themselves. False behind a pooler: no lock is then taken, which the
   * pooler would hand on with its session, and this hub neither sleeps nor rings.
   */
  readonly ownSessions: boolean
  readonly registry: TableRegistry
  /** The journal that the first cursor speaks of. */
  readonly journalOid: string
  readonly wake: WakeSignal
  /** True while LISTEN is established and the doorbell is on. */
  readonly hears: () => boolean
  /** Longest sleep without a look, ms; five times that while nothing rings and there are no clients. */
  readonly safetyReadMs: number
  /** A canary whose ring was lost must be found well before this, ms. Default: there is no canary. */
  readonly canaryTimeoutMs?: number | undefined
  /** Somebody is connected, who gets what is found. */
  readonly hasClients: () => boolean
  readonly fence: boolean
  /** A transaction with more changes is big: small ones do not wait for it. */
  readonly bigRows: number
  /** Awaited: a slow consumer slows the reader, nothing else. */
  readonly onBatch: (batch: ChangeBatch) => void | Promise<void>
  /** Told of every change of the canary, any hub's; it keeps no hub awake. Default: nobody. */
  readonly onCanary?: (change: Change) => void
  /** The bell was armed, and a change was found that it had not rung for. Default: nobody is told. */
  readonly onMissedBell?: () => void
  readonly counters: ReaderCounters
  /** Told how far the reads have come. Default: nobody is told. */
  readonly lag?: ReadLag
}

/** What the reader did so far. */
export interface ReaderCounters {
  reads: number
  emptyReads: number
  changes: number
  flushes: number
  rings: number
  unknownRows: number
  /** Times the database was connected, and could not be or was lost. */
  connects: number
  failures: number
  /** Notifications of the doorbell that this hub heard. */
  bells: number
  /** This hub arms the bell. */
  sentinel: boolean
  /** How many more hubs read this database, as of the last look. */
  otherHubs: number
}

export function newReaderCounters(): ReaderCounters {
  const reads = { reads: 0, emptyReads: 0, changes: 0, flushes: 0, rings: 0, unknownRows: 0 }
  return { ...reads, connects: 0, failures: 0, bells: 0, sentinel: false, otherHubs: 0 }
}

/** Reads the journal for as long as its connections live: the shell around {@link nextDoorbellStep}. */
export class JournalReader {
  readonly #options: JournalReaderOptions
  #cursor: Cursor
  /** Somebody keeps the server from emptying the queue of notifications: when it is full, who rings fails. */
  #queueCrowded = false
  /** When the queue was looked at, and when the other hubs were counted. */
  #lookedAt = Number.NEGATIVE_INFINITY
  #countedAt = Number.NEGATIVE_INFINITY
  /** The bell rang since the last count. */
  #hasHeard = false
  #armed = false
  #lastRead: ReadEffort = { changes: 0, tookMs: 0 }
  #isAwaited = false
  #closed = false

  constructor(from: Cursor, options: JournalReaderOptions) {
    this.#cursor = from
    this.#options = options
  }

  /** Everything up to here has been handed to `onBatch`. A checkpoint once a read has ended. */
  get cursor(): Cursor {
    return this.#cursor
  }

  /** Somebody waits for the position to move: reads now, if it sleeps, and makes durable what it finds. */
  lookNow(): void {
    this.#isAwaited = true
    this.#options.wake.nudge()
  }

  /** Ends {@link run} after the statement under way. */
  close(): void {
    this.#closed = true
    this.#options.wake.nudge()
  }

  /**
   * Reads until closed.
   * @throws RTB_DATABASE_* when a connection broke; a new reader continues from {@link cursor}
   * @throws CursorGap when the journal does not continue from there
   */
  async run(): Promise<void> {
    const { wake, reader, hears, counters, ownSessions, lag } = this.#options
    const { pacingMs, maxBackoffMs } = this.#options
    if (ownSessions) await reader.query('SELECT pg_advisory_lock_shared($1, $2)', [...hubLock])
    let state = firstDoorbellState(this.#options)
    let input: DoorbellInput = { kind: 'read', found: await this.#read(), rung: false }
    while (!this.#closed) {
      if (ownSessions && this.#isLookAroundDue()) await this.#lookAround()
      const canHear = ownSessions && hears() && !this.#queueCrowded
      const context = { pacingMs, maxBackoffMs, sentinel: counters.sentinel, hears: canHear }
      const next = nextDoorbellStep(state, input, context)
      state = next.state
      if (next.step.do === 'arm') {
        this.#armed = await this.#lock(doorbellLock)
        input = { kind: 'lock', granted: this.#armed }
      } else if (next.step.do === 'sleep') {
        const sleptAt = performance.now()
        lag?.rest()
        await wake.wait(this.#sleepMs())
        lag?.wake()
        const calm = performance.now() - sleptAt >= calmFor(this.#options)
        input = { kind: 'woken', rung: this.#takeRung(), calm }
      } else {
        if (next.step.disarm) await this.#disarm()
        const pauseMs = pauseAfterRead(next.step.afterMs, this.#lastRead, this.#options)
        if (pauseMs > 0) await wake.wait(pauseMs, true)
        const slept = input.kind === 'woken' && !input.rung && this.#armed
        this.#takeRung()
        const found = await this.#read()
        const rung = this.#takeRung()
        if (slept && found && !rung) this.#options.onMissedBell?.()
        input = { kind: 'read', found, rung }
      }
    }
  }

  /** The sentinel would hear of anything new. */
  #isResting(): boolean {
    const { counters, hears } = this.#options
    return counters.sentinel && hears() && !this.#queueCrowded && !this.#hasHeard
  }

  /**
   * Reading finds what a lost bell rang for: need that be at once, or is there nobody who waits for it but the canary? Two
   * reads within its time tell whether it is missing.
   */
  #sleepMs(): number {
    const { safetyReadMs, canaryTimeoutMs = Number.POSITIVE_INFINITY, hasClients } = this.#options
    if (hasClients() || !this.#isResting()) return safetyReadMs
    return Math.max(safetyReadMs, Math.min(restFactor * safetyReadMs, canaryTimeoutMs / 2))
  }

  /** Once per sleep. For a sentinel at rest less often: a hub that comes rings for it. */
  #isLookAroundDue(): boolean {
    const pauseMs = this.#isResting() ? restFactor * this.#sleepMs() : this.#sleepMs()
    return performance.now() - this.#countedAt >= pauseMs
  }

  /** Tries to become the sentinel, and counts the other hubs. */
  async #lookAround(): Promise<void> {
    const { helper, counters } = this.#options
    const isFirst = this.#countedAt === Number.NEGATIVE_INFINITY
    this.#countedAt = performance.now()
    this.#hasHeard = false
    if (!counters.sentinel) counters.sentinel = await this.#lock(sentinelLock)
    const [row] = await helper.query(readSql('query/count_other_hubs.sql'), [...hubLock])
    // The reader's own session holds the lock, the helper's does not: one of those counted is this hub.
    counters.otherHubs = Number(row?.['hubs'] ?? 1) - 1
    if (isFirst && !counters.sentinel) await this.#ring()
  }

  #takeRung(): boolean {
    const rung = this.#options.wake.takeRung()
    this.#hasHeard ||= rung
    return rung
  }

  async #lock(lock: readonly [number, number]): Promise<boolean> {
    const [row] = await this.#options.reader.query('SELECT pg_try_advisory_lock($1, $2) AS granted', [
      ...lock,
    ])
    return row?.['granted'] === 't'
  }

  /** Lets writers pass the bell again; what they commit from now on is found by the reads that follow. */
  async #disarm(): Promise<void> {
    if (!this.#armed) return
    this.#armed = false
    await this.#options.reader.query('SELECT pg_advisory_unlock($1, $2)', [...doorbellLock])
  }

  /** One read to its end. Returns whether anything was found. */
  async #read(): Promise<boolean> {
    const { reader, helper, registry, journalOid, fence, bigRows, onBatch, onCanary, counters } =
      this.#options
    const { incarnation } = this.#cursor
    const flushWal = fence ? () => this.#flush() : null
    const began = { at: performance.now(), changes: counters.changes }
    let found = false
    let seen: Snapshot | null = null
    /** What it took to hand on what was read: no work of the database, so no reason for a pause. */
    let handedMs = 0
    const mustMove = this.#isAwaited
    this.#isAwaited = false
    counters.reads++
    // Others can fill the queue without a ring, and then writers that ring fail.
    const looks = began.at - this.#lookedAt >= this.#options.safetyReadMs
    if (looks) this.#lookedAt = began.at
    const onQueue = (isCrowded: boolean) => {
      this.#queueCrowded = isCrowded
    }
    for await (const piece of readJournal(this.#cursor, {
      session: reader,
      query: helper.query,
      registry,
      journalOid,
      flushWal,
      bigRows,
      expectsFew: this.#lastRead.changes <= fewRows / 2,
      mustMove,
      onQueue: looks ? onQueue : undefined,
      lookEveryMs: this.#options.maxBackoffMs,
    })) {
      const isCheckpoint = piece.place.inBatch === null
      const moved = isCheckpoint && !sameSnapshot(piece.place.snapshot, this.#cursor.snapshot)
      found ||= piece.changes.length > 0
      counters.changes += piece.changes.length
      counters.unknownRows += piece.unknownRows
      for (const change of piece.canaries) onCanary?.(change)
      const cursor = { incarnation, ...piece.place }
      if (isCheckpoint) this.#cursor = cursor
      if (piece.changes.length > 0 || moved || (isCheckpoint && found)) {
        const handedAt = performance.now()
        await onBatch({ changes: piece.changes, cursor })
        handedMs += performance.now() - handedAt
      }
      // Others need not wait for the end of a big batch: once for it, and once for each that passes it by.
      const isNews = seen === null || !sameSnapshot(seen, piece.place.snapshot)
      if (isNews && !isCheckpoint && piece.changes.length > 0) await this.#ringOthers()
      seen = piece.place.snapshot
    }
    const changes = counters.changes - began.changes
    this.#lastRead = { changes, tookMs: performance.now() - began.at - handedMs }
    this.#options.lag?.reached(began.at)
    if (!found) counters.emptyReads++
    else await this.#ringOthers()
    return found
  }

  async #flush(): Promise<void> {
    this.#options.counters.flushes++
    await this.#options.helper.query(readSql('query/flush_wal.sql'))
  }

  /** The sentinel, which keeps writers from ringing while it is awake, rings for the other hubs. */
  async #ringOthers(): Promise<void> {
    if (this.#options.counters.sentinel) await this.#ring()
  }

  /** Wakes the other hubs, if there are any and it is safe. */
  async #ring(): Promise<void> {
    const { counters, helper } = this.#options
    if (counters.otherHubs === 0 || this.#queueCrowded) return
    counters.rings++
    await helper.query(readSql('query/ring_doorbell.sql'))
  }
}
