import type { Identity } from '../../access/identity.ts'
import type { OpenRows, RowsRequest, TableRows } from '../../domain/table-rows.ts'
import { pause } from '../clock.ts'
import type { HubContext } from '../context.ts'
import type { LiveRequest } from './live-request.ts'
import { createRowJudge } from './row-judge.ts'
import type { SnapshotChunk } from './snapshot-chunk.ts'
import { ChunkBuilder } from './snapshot-chunk.ts'
import type { SnapshotEnd, SnapshotSubscriber } from './snapshot-subscriber.ts'

/** What one `snapshot` message should be, characters. */
const chunkLength = 96 * 1_024
/** What is kept of a read from its beginning for who comes a little later, bytes. */
const keptBytes = 1_024 * 1_024
/**
 * As long may all of a read wait for who is slow: until it ends the table cannot be altered, nor be cleaned of what was
 * deleted meanwhile, times the patience with one who takes nothing.
 */
const mostPatiences = 12
/** Conditions that take long: after this others have their turn, ms. */
const turnMs = 20

export interface SnapshotReadOptions {
  readonly context: HubContext<unknown>
  readonly request: LiveRequest
  /** Of the first subscriber; the others see the same. */
  readonly identity: Identity
}

/** One read of a table for all who ask for the same at about the same time. */
export class SnapshotRead {
  readonly #options: SnapshotReadOptions
  /** With the time for which the others have waited for each, ms. */
  readonly #subscribers = new Map<SnapshotSubscriber, number>()
  readonly #abort = new AbortController()
  /** Null when it is too much, or too long ago. */
  #kept: SnapshotChunk[] | null = []
  #keptBytes = 0
  #startedAt: number | null = null
  /** For who was slow, since it began, ms. */
  #waitedMs = 0
  #end: SnapshotEnd | null = null

  constructor(options: SnapshotReadOptions) {
    this.#options = options
  }

  /** Aborts when nobody wants it any more. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /**
   * Whether somebody may join: it has not begun, or just now, and all of it is still at hand.
   * @param withinMs how long ago it may have begun
   */
  accepts(withinMs: number): boolean {
    if (this.signal.aborted) return false
    if (this.#startedAt === null) return true
    return this.#kept !== null && this.#options.context.clock.elapsed() - this.#startedAt < withinMs
  }

  join(subscriber: SnapshotSubscriber): void {
    this.#subscribers.set(subscriber, 0)
    for (const chunk of this.#kept ?? []) if (this.#subscribers.has(subscriber)) subscriber.take(chunk)
    if (this.#end !== null && this.#subscribers.delete(subscriber)) subscriber.end(this.#end)
  }

  /** Somebody does not want it any more; without anybody it ends at once. */
  leave(subscriber: SnapshotSubscriber): void {
    this.#subscribers.delete(subscriber)
    if (this.#subscribers.size === 0 && this.#end === null) this.#abort.abort()
  }

  /** Forgets what was kept: nobody can join any more. */
  forget(): void {
    this.#kept = null
  }

  /** It cannot be read. */
  fail(error: unknown): void {
    const all = [...this.#subscribers.keys()]
    this.#subscribers.clear()
    this.#abort.abort()
    for (const subscriber of all) subscriber.fail(error)
  }

  /**
   * Reads, from the beginning, for all who are there. May be called again when it failed.
   * @throws RTB_SNAPSHOT_* RTB_DATABASE_*
   */
  async run(tables: TableRows): Promise<void> {
    const { context } = this.#options
    const open = await tables.open(this.#rowsRequest(), this.signal)
    try {
      if (this.signal.aborted) return
      context.counters.snapshotReads++
      this.#startedAt = context.clock.elapsed()
      this.#waitedMs = 0
      this.#kept = []
      this.#keptBytes = 0
      await this.#readAll(open)
    } finally {
      await open.close()
    }
  }

  async #readAll(open: OpenRows): Promise<void> {
    const { context, request, identity } = this.#options
    const { clock } = context
    const judge = createRowJudge({ context, identity, request, table: open.table })
    const chunks = new ChunkBuilder(open)
    let count = 0
    let more = false
    let turnEnds = clock.elapsed() + turnMs
    for (let rows = await open.read(); rows.length > 0 && !more; rows = await open.read()) {
      for (const row of rows) {
        const seen = judge(row)
        if (clock.elapsed() >= turnEnds) {
          await pause(clock, 0, this.signal)
          turnEnds = clock.elapsed() + turnMs
        }
        if (this.signal.aborted) return
        if (seen === null) continue
        more = count === request.limit
        if (more) break
        count++
        chunks.add(seen)
        if (chunks.length >= chunkLength) await this.#give(chunks.take())
      }
      if (more) break
    }
    if (!chunks.isEmpty) await this.#give(chunks.take())
    if (!this.signal.aborted) this.#finish({ table: open.table, cursor: open.cursor, count, more })
  }

  #finish(end: SnapshotEnd): void {
    this.#end = end
    const all = [...this.#subscribers.keys()]
    this.#subscribers.clear()
    for (const subscriber of all) subscriber.end(end)
  }

  async #give(chunk: SnapshotChunk): Promise<void> {
    if (this.#kept !== null) {
      this.#keptBytes += chunk.bytes
      if (this.#keptBytes <= keptBytes) this.#kept.push(chunk)
      else this.#kept = null
    }
    for (const subscriber of [...this.#subscribers.keys()]) subscriber.take(chunk)
    await this.#drain()
  }

  /** Waits for who is slow, within bounds: who is too slow goes on alone, later. */
  async #drain(): Promise<void> {
    const { clock, limits } = this.#options.context
    const below = limits.queueBytes / 4
    const slow = [...this.#subscribers.keys()].filter(({ queue }) => queue.bytes > below)
    if (slow.length === 0) return
    const before = clock.elapsed()
    const settled = new AbortController()
    const patience = pause(clock, limits.snapshotPatienceMs, AbortSignal.any([this.signal, settled.signal]))
    await Promise.race([Promise.all(slow.map(({ queue }) => queue.whenBelow(below))), patience])
    settled.abort()
    const waited = clock.elapsed() - before
    this.#waitedMs += waited
    const isOverdue = this.#waitedMs > mostPatiences * limits.snapshotPatienceMs
    const isAlone = this.#subscribers.size === 1
    for (const subscriber of slow) {
      const spent = isAlone ? 0 : (this.#subscribers.get(subscriber) ?? 0) + waited
      if (!this.#subscribers.has(subscriber)) continue
      this.#subscribers.set(subscriber, spent)
      const isInTime = !isOverdue && spent <= limits.snapshotPatienceMs
      if (subscriber.queue.bytes <= below && isInTime) continue
      this.leave(subscriber)
      subscriber.drop()
    }
  }

  #rowsRequest(): RowsRequest {
    const { context, request, identity } = this.#options
    const { table, columns, orderBy, limit, implied, subscription } = request
    // One more than is wanted, to know whether there is one. With a condition nobody knows how many it takes.
    const enough = limit === null || subscription.spec.where !== null ? null : limit + 1
    return {
      table,
      columns,
      orderBy,
      where: implied,
      limit: enough,
      view: captured => context.access.viewTable(identity, captured),
    }
  }
}
