import type { Cursor } from '../../domain/cursor.ts'
import type { EventBatch } from '../../domain/event-batch.ts'
import { covers } from '../../domain/snapshot.ts'
import type { EncodedBatch, EncodedEvent, Position } from './encoded-batch.ts'
import { encodeBatch, isCheckpoint, isExact, positionAt } from './encoded-batch.ts'

/** Where a position lies in the tail. */
export interface Place {
  /** A boundary that the position has reached; the last one that is a checkpoint when it is not exact. */
  readonly index: number
  /** True when the position is that boundary; else it has seen some of what comes after it. */
  readonly isExact: boolean
}

/**
 * What the hub knows of its own stream: where it is (`head`), where whole transactions last ended (`checkpoint`), and
 * the most recent batches (the tail), bounded in bytes. Boundary `i` lies before batch `i`; the head is a boundary.
 */
export class Stream {
  readonly #tailLimitBytes: number
  #batches: EncodedBatch[] = []
  /** Index of the first batch of the tail. */
  #first = 0
  #bytes = 0
  /** Exact tokens of the tail's boundaries. */
  readonly #boundaries = new Map<string, number>()
  #head: Position | null = null
  #checkpoint: Position | null = null
  readonly #waiting = new Set<() => void>()
  #epoch = 0

  constructor(tailLimitBytes: number) {
    this.#tailLimitBytes = tailLimitBytes
  }

  /** Null until the first `reset`. */
  get head(): Position | null {
    return this.#head
  }

  /** Null until the first `reset`. */
  get checkpoint(): Position | null {
    return this.#checkpoint
  }

  /** Grows with every `reset`. */
  get epoch(): number {
    return this.#epoch
  }

  get tailBytes(): number {
    return this.#bytes
  }

  /** Starts over at a cursor, which must be a checkpoint; the tail is emptied. */
  reset(cursor: Cursor): Position {
    this.#epoch++
    this.#first += this.#batches.length + 1
    this.#batches = []
    this.#bytes = 0
    this.#boundaries.clear()
    const position = positionAt(cursor, this.#first)
    this.#head = position
    this.#checkpoint = position
    this.#remember(position)
    this.#wake()
    return position
  }

  /** Takes the next batch, which begins at the head `from`. */
  append(batch: EventBatch, from: Position): EncodedBatch {
    const to = positionAt(batch.cursor, this.#first + this.#batches.length + 1)
    const encoded = encodeBatch(batch.events, from, to)
    this.#batches.push(encoded)
    this.#bytes += encoded.bytes
    this.#head = to
    this.#remember(to)
    if (isCheckpoint(to)) this.#checkpoint = to
    this.#trim()
    if (isCheckpoint(to)) this.#wake()
    return encoded
  }

  /** The first boundary of the tail; null before `reset`. */
  get start(): Position | null {
    return this.#batches[0]?.from ?? this.#head
  }

  /** Where a position lies in the tail, or null when the tail does not reach back to it. */
  locate(position: Position): Place | null {
    const known = this.#indexOf(position)
    if (known !== null) return { index: known, isExact: true }
    const index = this.#lastReached(position)
    return index === null ? null : { index, isExact: false }
  }

  /** A boundary of the tail. */
  boundary(index: number): Position | undefined {
    return (
      this.#batches[index - this.#first]?.from ??
      (index === this.#end ? (this.#head ?? undefined) : undefined)
    )
  }

  /**
   * Puts batches that were read from the journal before the tail, so that others who come back from there need no
   * read of their own. Does nothing when they do not lead to the start of the tail, or do not fit.
   */
  prepend(batches: readonly EncodedBatch[]): void {
    const bytes = batches.reduce((sum, batch) => sum + batch.bytes, 0)
    const first = this.#first - batches.length
    if (batches.at(-1)?.to !== this.start || this.#bytes + bytes > this.#tailLimitBytes) return
    let from: Position | null = null
    const placed = batches.map((batch, at) => {
      const starts: Position = from ?? { ...batch.from, index: first + at }
      const ends: Position = at === batches.length - 1 ? batch.to : { ...batch.to, index: first + at + 1 }
      from = ends
      return { ...batch, from: starts, to: ends }
    })
    this.#first = first
    this.#batches.unshift(...placed)
    this.#bytes += bytes
    for (const batch of placed) this.#remember(batch.from)
  }

  /** The batch after a boundary of the tail; undefined at the head. */
  after(index: number): EncodedBatch | undefined {
    return this.#batches[index - this.#first]
  }

  /** What the tail holds of one change; empty when it does not reach back to it. The newest batches are looked at first. */
  eventsOf({ tx, seq }: { readonly tx: string; readonly seq: string }): readonly EncodedEvent[] {
    for (const { events } of this.#batches.toReversed()) {
      const found = events.filter(({ event }) => event.seq === seq && event.tx === tx)
      if (found.length > 0) return found
    }
    return []
  }

  /** Resolves at the next checkpoint or reset, or when `signal` aborts. */
  nextCheckpoint(signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      if (signal.aborted) return resolve()
      const finish = () => {
        signal.removeEventListener('abort', finish)
        this.#waiting.delete(finish)
        resolve()
      }
      this.#waiting.add(finish)
      signal.addEventListener('abort', finish)
    })
  }

  get #end(): number {
    return this.#first + this.#batches.length
  }

  #indexOf({ index, cursor, token }: Position): number | null {
    if (index === null) return this.#boundaries.get(token) ?? null
    // What left the tail may have been replaced by what was put before it, which ends and begins elsewhere.
    return this.boundary(index)?.cursor === cursor ? index : null
  }

  /** The last checkpoint among the boundaries of which a position has seen everything. */
  #lastReached({ cursor }: Position): number | null {
    if (cursor.incarnation !== this.#head?.cursor.incarnation) return null
    let [low, high] = [this.#first, this.#end]
    // What a boundary has seen grows from one to the next.
    while (low <= high) {
      const middle = Math.floor((low + high) / 2)
      const boundary = this.boundary(middle)
      if (boundary !== undefined && covers(cursor.snapshot, boundary.cursor.snapshot)) low = middle + 1
      else high = middle - 1
    }
    for (let index = high; index >= this.#first; index--) {
      const boundary = this.boundary(index)
      if (boundary !== undefined && isCheckpoint(boundary)) return index
    }
    return null
  }

  #remember(position: Position): void {
    // Of equal tokens the earliest boundary counts. An inexact token is left to the journal: it means less than the
    // boundary does, so what lies between them would be lost.
    if (position.index !== null && isExact(position) && !this.#boundaries.has(position.token)) {
      this.#boundaries.set(position.token, position.index)
    }
  }

  #trim(): void {
    while (this.#bytes > this.#tailLimitBytes) {
      const oldest = this.#batches.shift()
      if (oldest === undefined) return
      this.#bytes -= oldest.bytes
      if (this.#boundaries.get(oldest.from.token) === this.#first) this.#boundaries.delete(oldest.from.token)
      this.#first++
    }
  }

  #wake(): void {
    for (const resolve of [...this.#waiting]) resolve()
  }
}
