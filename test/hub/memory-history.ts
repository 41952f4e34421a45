import type { Cursor, GapReason } from '../../src/domain/cursor.ts'
import { sameCursor } from '../../src/domain/cursor.ts'
import type { Event } from '../../src/domain/event.ts'
import type { EventBatch, History } from '../../src/domain/event-batch.ts'

export const incarnation = '00000000000000aa'

/** The checkpoint after transaction `n`. */
export function checkpointAt(n: number): Cursor {
  return { incarnation, snapshot: { xmax: BigInt(n) + 1n, xip: [] }, inBatch: null }
}

/** A table event of transaction `tx`, the `nth` of all. */
export function eventOf(nth: number, tx: number, overrides: Partial<Event> = {}): Event {
  const data = `{"n":${nth}}`
  const at = '2026-01-01T00:00:00.000Z'
  return {
    eventId: `e${nth}`,
    eventType: 'INSERT',
    kind: 'table',
    op: 'INSERT',
    table: 'bookings',
    channel: null,
    id: String(nth),
    at,
    data,
    oldData: null,
    seq: String(nth),
    tx: String(tx),
    origin: null,
    truncated: false,
    rooms: null,
    roles: null,
    priority: 'normal',
    change: {
      seq: String(nth),
      xid: String(tx),
      at,
      table: { id: 1, schema: 'public', name: 'bookings', keyColumns: ['id'] },
      op: 'INSERT',
      oldRow: null,
      newRow: data,
      origin: null,
      truncated: false,
    },
    ...overrides,
  }
}

/** Makes the `nth` event of all, of transaction `tx`. */
export type MakeEvent = (nth: number, tx: number) => Event

/**
 * A database made of a list: transaction `i + 1` holds `sizes[i]` events. Batches of one transaction come in pieces
 * of at most `pieceSize` events.
 */
export class MemoryHistory implements History {
  readonly transactions: readonly (readonly Event[])[]
  readonly #pieceSize: number
  /** Cursors below this transaction are outside retention. */
  oldest = 0
  /** Awaited before each batch of a replay. */
  beforeBatch: () => Promise<void> = async () => {}

  constructor(sizes: readonly number[], pieceSize = 3, makeEvent: MakeEvent = eventOf) {
    let nth = 0
    this.#pieceSize = pieceSize
    this.transactions = sizes.map((size, tx) => Array.from({ length: size }, () => makeEvent(++nth, tx + 1)))
  }

  /** The pieces of the batch that leads from checkpoint `from` to checkpoint `to`. */
  pieces(from: number, to: number, afterSeq = 0n): EventBatch[] {
    const events = this.transactions
      .slice(from, to)
      .flat()
      .filter(event => BigInt(event.seq) > afterSeq)
    const batches: EventBatch[] = []
    for (let at = this.#pieceSize; at < events.length; at += this.#pieceSize) {
      const piece = events.slice(at - this.#pieceSize, at)
      const seq = BigInt(piece.at(-1)?.seq ?? '0')
      const inBatch = { upTo: checkpointAt(to).snapshot, seq }
      batches.push({ events: piece, cursor: { ...checkpointAt(from), inBatch } })
    }
    const rest = events.slice(batches.length * this.#pieceSize)
    return [...batches, { events: rest, cursor: checkpointAt(to) }]
  }

  async check(cursor: Cursor): Promise<GapReason | null> {
    await this.beforeBatch()
    if (cursor.incarnation !== incarnation) return 'incarnation'
    const tx = transactionOf(cursor)
    if (tx > this.transactions.length) return 'future'
    return tx < this.oldest ? 'retention' : null
  }

  async *replay(from: Cursor, to: Cursor, signal: AbortSignal): AsyncGenerator<EventBatch> {
    const start = transactionOf(from)
    if (from.inBatch !== null) {
      const upTo = Number(from.inBatch.upTo.xmax - 1n)
      yield* this.#stream(this.pieces(start, upTo, from.inBatch.seq), signal)
      yield* this.#stream(this.pieces(upTo, transactionOf(to)), signal)
    } else if (!sameCursor(from, to)) yield* this.#stream(this.pieces(start, transactionOf(to)), signal)
  }

  async *#stream(batches: readonly EventBatch[], signal: AbortSignal): AsyncGenerator<EventBatch> {
    for (const batch of batches) {
      await this.beforeBatch()
      if (signal.aborted) return
      yield batch
    }
  }
}

function transactionOf(cursor: Cursor): number {
  return Number(cursor.snapshot.xmax - 1n)
}
