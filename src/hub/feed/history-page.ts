import type { GapReason } from '../../domain/cursor.ts'
import type { SelectedEvent } from '../matching/selected-event.ts'
import type { EncodedBatch, EncodedEvent, Position } from '../stream/encoded-batch.ts'
import { positionAt } from '../stream/encoded-batch.ts'
import type { ReplayFeed } from './catch-up.ts'

export interface HistoryPageOptions {
  readonly from: Position
  /** Most events of the page. */
  readonly limit: number
  /** Most events that are looked at, whether they match or not. */
  readonly scanLimit: number
  /** @param onUnfinished hears of the id of each event of which it cannot be told */
  readonly match: (
    events: readonly EncodedEvent[],
    onUnfinished: (eventId: string) => void,
  ) => readonly SelectedEvent[]
  /** Ends the reading. */
  readonly signal: AbortSignal
}

/** Collects one page of the past: until it is full, enough was looked at, or the present is reached. */
export class HistoryPage implements ReplayFeed {
  readonly #options: HistoryPageOptions
  readonly #events: SelectedEvent[] = []
  /** Nothing waits here: what is taken is there at once. */
  readonly queue = { bytes: 0, whenBelow: () => Promise.resolve() }
  #position: Position
  #scanned = 0
  #unfinished = 0
  #end: 'full' | 'present' | 'gap' | null = null
  #reason: GapReason | null = null

  constructor(options: HistoryPageOptions) {
    this.#options = options
    this.#position = options.from
  }

  /** Where the page ends, so far. */
  get position(): Position {
    return this.#position
  }

  /** Who reads for it may have got further than the page goes: once it has ended it stays where it is. */
  set position(position: Position) {
    if (this.#end === null) this.#position = position
  }

  get isCatchingUp(): boolean {
    return this.#end === null && !this.#options.signal.aborted
  }

  get signal(): AbortSignal {
    return this.#options.signal
  }

  get events(): readonly SelectedEvent[] {
    return this.#events
  }

  /** Events within the page of which it could not be told whether they belong to it. */
  get unfinished(): number {
    return this.#unfinished
  }

  /** Null while it was not brought to an end. */
  get end(): 'full' | 'present' | 'gap' | null {
    return this.#end
  }

  /** Why the position cannot be continued from; null when it can. */
  get reason(): GapReason | null {
    return this.#reason
  }

  take(batch: EncodedBatch): void {
    const { limit, scanLimit, match } = this.#options
    const unfinished = new Set<string>()
    const selected = match(batch.events, eventId => unfinished.add(eventId))
    const excess = selected[limit - this.#events.length]
    const cut = excess === undefined ? null : this.#cutBefore(batch, excess.encoded)
    if (excess !== undefined && cut === null && this.#events.length > 0 && this.#hasMoved(this.#position)) {
      this.#end = 'full'
      return
    }
    const taken = cut === null ? batch.events : batch.events.slice(0, cut.index)
    if (cut === null) this.#events.push(...selected)
    else {
      const within = new Set(taken)
      this.#events.push(...selected.filter(({ encoded }) => within.has(encoded)))
    }
    this.#position = cut?.position ?? batch.to
    this.#scanned += taken.length
    if (unfinished.size > 0)
      this.#unfinished += taken.filter(({ event }) => unfinished.has(event.eventId)).length
    const isEnough = cut !== null || this.#events.length >= limit || this.#scanned >= scanLimit
    if (isEnough && this.#hasMoved(this.#position)) this.#end = 'full'
  }

  gap(reason: GapReason): void {
    this.#end = 'gap'
    this.#reason = reason
  }

  arrive(): void {
    this.#end = 'present'
  }

  #cutBefore(batch: EncodedBatch, event: EncodedEvent): Cut | null {
    const cut = findCut(batch, event)
    return cut !== null && this.#hasMoved(cut.position) ? cut : null
  }

  /** Batches that pass a big transaction by share one place: a page that ended there would be read again for ever. */
  #hasMoved({ token }: Position): boolean {
    return token !== this.#options.from.token
  }
}

/** Where a batch can be left, and the first event that is then left out. */
interface Cut {
  readonly index: number
  readonly position: Position
}

/**
 * The last place before an event where a batch can be left and gone on from: everything before it has a smaller
 * `seq` than everything after it.
 * @returns null when there is none, because what is written out of order reaches to the start of the batch, or the batch
 *   passes by a big transaction of which rows with a smaller `seq` are still to come
 */
function findCut(batch: EncodedBatch, before: EncodedEvent): Cut | null {
  const seqs = batch.events.map(({ event }) => BigInt(event.seq ?? '0'))
  const { snapshot, inBatch, incarnation } = batch.from.cursor
  const floor = inBatch?.seq ?? 0n
  const ends = batch.to.cursor.inBatch?.seq
  const highest: bigint[] = []
  let high = floor
  for (const seq of seqs) {
    if (seq > high) high = seq
    highest.push(high)
  }
  let lowest: bigint | null = null
  let found: { index: number; seq: bigint } | null = null
  const limit = batch.events.indexOf(before)
  for (let index = seqs.length - 1; index > 0 && found === null; index--) {
    const seq = seqs[index] ?? 0n
    lowest = lowest === null || seq < lowest ? seq : lowest
    const behind = highest[index - 1] ?? floor
    if (index <= limit && behind < lowest && (ends === undefined || behind <= ends))
      found = { index, seq: behind }
  }
  if (found === null) return null
  const upTo = batch.to.cursor.inBatch?.upTo ?? batch.to.cursor.snapshot
  const cursor = { incarnation, snapshot, inBatch: { upTo, seq: found.seq } }
  return { index: found.index, position: positionAt(cursor, null) }
}
