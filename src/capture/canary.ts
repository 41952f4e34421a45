import type { Pool } from '../database/pool.ts'
import { readSql } from '../database/sql-file.ts'
import type { Change } from '../domain/change.ts'
import { type RtbridgeError, rtbridgeError } from '../domain/errors/registry.ts'
import { clockOffsetMs } from './clock-offset.ts'
import { pause } from './pause.ts'

export interface CanaryOptions {
  /** Names this hub's row. */
  readonly hubId: string
  /** Not the reader's own sessions: a write must not wait for a read. */
  readonly pool: Pick<Pool, 'query'>
  /** Pause between two rounds, ms. */
  readonly everyMs: number
  /** A round that takes longer means that the hub does not work, ms. */
  readonly timeoutMs: number
  /** What the reader did so far. */
  readonly progress: () => { readonly reads: number; readonly changes: number }
  /** What is wrong has changed; null = it comes round. */
  readonly onChange: (problem: RtbridgeError | null) => void
  /** Milliseconds of a clock that only grows. */
  readonly now: () => number
  /** The clock of this machine, milliseconds since 1970. */
  readonly wallClock: () => number
}

/** How the canary is, for health and `status`. */
export interface CanaryStatus {
  /** Since it last came round, ms; null before the first time. */
  readonly ageMs: number | null
  /** From the write to the reader, the last time, ms. */
  readonly roundTripMs: number | null
  /** How far the database's clock is ahead of the hub's, see {@link clockOffsetMs}. */
  readonly clockOffsetMs: number | null
}

/** Pause between two rounds while it does not come round, ms. */
const retryMs = 1_000
/** The last words may take this long, ms. */
const closeWithinMs = 500
/** When that many reads have begun since a write, one that began after it has ended. */
const decidingReads = 2

/**
 * Proves, at intervals, that a committed change comes through: changes the hub's own row of `rtbridge.canary`, and waits
 * until the reader has read that out of the journal. It rests while the database is away, which others notice.
 */
export class Canary {
  readonly #options: CanaryOptions
  #watch: AbortController | null = null
  #problem: RtbridgeError | null = null
  #seenAt: number | null = null
  #roundTripMs: number | null = null
  #clockOffsetMs: number | null = null
  /** How many reads had begun at the first write that has not come back. */
  #readsAtWrite: number | null = null
  #arrived: () => void = () => {}
  #closed = false

  constructor(options: CanaryOptions) {
    this.#options = options
  }

  /** Why it did not come round; null while it does, or nothing is known yet. */
  get problem(): RtbridgeError | null {
    return this.#problem
  }

  get status(): CanaryStatus {
    const ageMs = this.#seenAt === null ? null : Math.round(this.#options.now() - this.#seenAt)
    return { ageMs, roundTripMs: this.#roundTripMs, clockOffsetMs: this.#clockOffsetMs }
  }

  /** Begins, with a first round at once: the reader reads. */
  start(): void {
    this.rest()
    if (this.#closed) return
    const watch = new AbortController()
    this.#watch = watch
    void this.#run(watch.signal)
  }

  /** Rests until the next {@link start}, without an opinion. */
  rest(): void {
    this.#watch?.abort()
    this.#watch = null
    this.#problem = null
    this.#readsAtWrite = null
  }

  /** Takes a change of the canary from the reader, whichever hub's. */
  see({ newRow, at }: Pick<Change, 'newRow' | 'at'>): void {
    const { hub_id, beat } = JSON.parse(newRow ?? '{}') as { hub_id?: string; beat?: number }
    if (hub_id !== this.#options.hubId || beat === undefined) return
    const now = this.#options.now()
    this.#seenAt = now
    this.#roundTripMs = Math.max(0, Math.round(now * 1_000 - beat) / 1_000)
    const seenMs = this.#options.wallClock()
    const sentMs = seenMs - this.#roundTripMs
    this.#clockOffsetMs = clockOffsetMs({ sentMs, writtenMs: Date.parse(at), seenMs })
    this.#readsAtWrite = null
    this.#arrived()
  }

  /** Rests, and removes the hub's row if the database answers at once; another hub will, if not. */
  async close(): Promise<void> {
    const { pool, hubId } = this.#options
    this.rest()
    this.#closed = true
    const late = new AbortController()
    const removed = pool.query(readSql('query/remove_canary.sql'), [hubId]).catch(() => {})
    await Promise.race([removed, pause(closeWithinMs, late.signal)])
    late.abort()
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const problem = await this.#round(signal)
      if (signal.aborted) return
      if (problem?.code !== this.#problem?.code) {
        this.#problem = problem
        this.#options.onChange(problem)
      }
      const { everyMs } = this.#options
      await pause(problem === null ? everyMs : Math.min(everyMs, retryMs), signal)
    }
  }

  /** One round. Returns what is wrong, or null when it came back. */
  async #round(signal: AbortSignal): Promise<RtbridgeError | null> {
    const { timeoutMs } = this.#options
    const round = new AbortController()
    const end = () => round.abort()
    signal.addEventListener('abort', end)
    this.#arrived = end
    // Once it failed it is tried anew at short intervals; what was known stays known meanwhile.
    const patienceMs = this.#problem === null ? timeoutMs : Math.min(timeoutMs, retryMs)
    const failure = await this.#write(patienceMs, round.signal)
    if (failure === null) await this.#untilHopeless(patienceMs, round.signal)
    const hasArrived = round.signal.aborted
    signal.removeEventListener('abort', end)
    end()
    return hasArrived ? null : (failure ?? this.#judge())
  }

  /** Waits for the write to come back, as long as the reader may still be on its way to it. */
  async #untilHopeless(patienceMs: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { reads, changes } = this.#options.progress()
      await wait(patienceMs, signal)
      if (this.#readsSinceWrite() >= decidingReads || this.#problem !== null) return
      // A big transaction is read to its end first; as long as it gets on, the reader works.
      const now = this.#options.progress()
      if (now.reads === reads && now.changes === changes) return
    }
  }

  /** Writes within the time, again after a failure: a pooled session may have died unnoticed. */
  async #write(withinMs: number, signal: AbortSignal): Promise<RtbridgeError | null> {
    const { hubId, pool, now, progress } = this.#options
    const deadline = now() + withinMs
    let failed: unknown = new Error(`no answer within ${withinMs} ms`)
    do {
      const beat = String(Math.round(now() * 1_000))
      const written = pool.query(readSql('query/send_canary.sql'), [hubId, beat]).then(
        () => true,
        error => {
          failed = error
          return false
        },
      )
      const answer = await Promise.race([written, wait(deadline - now(), signal)])
      if (signal.aborted) return null
      if (answer === true) {
        this.#readsAtWrite ??= progress().reads
        return null
      }
      await pause(Math.min(retryMs, Math.max(0, deadline - now())), signal)
    } while (now() < deadline)
    const detail = failed instanceof Error ? failed.message : String(failed)
    return rtbridgeError('RTB_CANARY_WRITE', { detail }, failed)
  }

  #judge(): RtbridgeError {
    if (this.#readsSinceWrite() >= decidingReads) return rtbridgeError('RTB_CANARY_MISSING', {})
    return this.#problem ?? rtbridgeError('RTB_CANARY_STUCK', { timeoutMs: this.#options.timeoutMs })
  }

  #readsSinceWrite(): number {
    return this.#readsAtWrite === null ? 0 : this.#options.progress().reads - this.#readsAtWrite
  }
}

/**
 * Waits in two halves: a process that was frozen finds the first one over when it thaws, and has the second one to read
 * what came meanwhile.
 */
async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms / 2, signal)
  await pause(ms / 2, signal)
}
