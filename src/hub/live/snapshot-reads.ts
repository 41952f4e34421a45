import type { Identity } from '../../access/identity.ts'
import { isPassing } from '../../domain/errors/passing-errors.ts'
import { rtbridgeError, toRtbridgeError } from '../../domain/errors/registry.ts'
import type { TableRows } from '../../domain/table-rows.ts'
import { pause } from '../clock.ts'
import type { HubContext } from '../context.ts'
import { ReplaySlots } from '../feed/replay-slots.ts'
import type { LiveRequest } from './live-request.ts'
import { SnapshotRead } from './snapshot-read.ts'
import type { SnapshotSource } from './snapshot-subscriber.ts'

/** How long after its beginning a read can be joined, ms. */
const shareMs = 1_000
/** Reads that are over and can still be joined; each keeps a megabyte at most. */
const mostKept = 16
/** What the database refuses again and again is not tried for ever. */
const mostRefusals = 3

const noTables: TableRows = {
  open: ({ table }) => Promise.reject(rtbridgeError('RTB_SNAPSHOT_TABLE', { table, suggestion: null })),
}

/** All reads of tables for live tables: few at a time, and one for all who ask for the same. */
export class SnapshotReads implements SnapshotSource {
  readonly #context: HubContext<unknown>
  readonly #tables: TableRows
  readonly #slots: ReplaySlots
  /** The newest read of each request. */
  readonly #latest = new Map<string, SnapshotRead>()
  /** Neither under way nor over: for the database, a place, or another try. */
  readonly #waiting = new Set<SnapshotRead>()
  #running = 0
  #kept = 0

  /** @param tables default: none is captured */
  constructor(context: HubContext<unknown>, tables = noTables) {
    this.#context = context
    this.#tables = tables
    this.#slots = new ReplaySlots(context.limits.snapshots)
  }

  get waiting(): number {
    return this.#waiting.size
  }

  get running(): number {
    return this.#running
  }

  join(...[subscriber, wanted]: Parameters<SnapshotSource['join']>): () => void {
    const { request, identity, isAnew } = wanted
    const key = JSON.stringify([this.#context.access.keyOf(identity), request.key])
    const latest = this.#latest.get(key)
    const read = latest?.accepts(isAnew ? 0 : shareMs) ? latest : this.#begin(key, request, identity)
    read.join(subscriber)
    return () => read.leave(subscriber)
  }

  #begin(key: string, request: LiveRequest, identity: Identity): SnapshotRead {
    const { snapshots, snapshotsWaiting: limit } = this.#context.limits
    // Those that have not begun yet may find a free place.
    if (this.#running + this.#waiting.size >= snapshots + limit)
      throw rtbridgeError('RTB_SNAPSHOT_LIMIT', { limit })
    const read = new SnapshotRead({ context: this.#context, request, identity })
    this.#latest.get(key)?.forget()
    this.#latest.set(key, read)
    this.#waiting.add(read)
    read.signal.addEventListener('abort', () => this.#waiting.delete(read), { once: true })
    void this.#run(read, request).then(() => this.#keep(key, read))
    return read
  }

  async #run(read: SnapshotRead, { table }: LiveRequest): Promise<void> {
    for (let refusals = 0; !read.signal.aborted; ) {
      try {
        return await this.#runOnce(read)
      } catch (thrown) {
        if (read.signal.aborted) return
        const error = toRtbridgeError(thrown, 'a snapshot')
        if (error.actor === 'client-author') return read.fail(error)
        this.#context.onError(error, 'snapshot')
        if (!isPassing(error) && ++refusals === mostRefusals) {
          return read.fail(rtbridgeError('RTB_SNAPSHOT_FAILED', { table }))
        }
      }
      await pause(this.#context.clock, this.#context.limits.retryDelayMs, read.signal)
    }
  }

  async #runOnce(read: SnapshotRead): Promise<void> {
    await this.#context.whenReady(read.signal)
    const release = await this.#slots.acquire(read.signal)
    this.#waiting.delete(read)
    this.#running++
    try {
      if (!read.signal.aborted) await read.run(this.#tables)
    } catch (error) {
      if (!read.signal.aborted) this.#waiting.add(read)
      throw error
    } finally {
      this.#running--
      release()
    }
  }

  /** For a moment it is there for others; then it is forgotten. */
  #keep(key: string, read: SnapshotRead): void {
    const forget = () => {
      read.forget()
      if (this.#latest.get(key) === read) this.#latest.delete(key)
    }
    if (!read.accepts(shareMs) || this.#kept >= mostKept) {
      forget()
      return
    }
    this.#kept++
    this.#context.clock.after(shareMs, () => {
      this.#kept--
      forget()
    })
  }
}
