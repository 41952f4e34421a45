import type { Cursor } from '../domain/cursor.ts'
import type { EventBatch } from '../domain/event-batch.ts'
import type { EncodedBatch, Position } from './encoded-batch.ts'
import { encodeBatch, isCheckpoint, isExact, positionAt } from './encoded-batch.ts'

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

  /** The boundary of the tail that a position is, or null when the tail does not reach back to it. */
  locate(position: Position): number | null {
    const index = position.index ?? this.#boundaries.get(position.token) ?? null
    return index !== null && index >= this.#first ? index : null
  }

  /** The batch after a boundary of the tail; undefined at the head. */
  after(index: number): EncodedBatch | undefined {
    return this.#batches[index - this.#first]
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
