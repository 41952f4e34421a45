import type { Cursor } from '../../domain/cursor.ts'
import { formatCursor, maxTokenTransactions } from '../../domain/cursor.ts'
import type { Event } from '../../domain/event.ts'
import type { Snapshot } from '../../domain/snapshot.ts'
import { sees } from '../../domain/snapshot.ts'
import type { ConflationKey } from './conflation-key.ts'
import { conflationKey } from './conflation-key.ts'
import type { EncodableEvent } from './encode-event.ts'
import { encodeEvent } from './encode-event.ts'

/** A place in the stream. */
export interface Position {
  readonly cursor: Cursor
  /** The cursor as clients get it. */
  readonly token: string
  /** How many batches this hub had published then; null when it came from a client or out of the journal. */
  readonly index: number | null
}

/** A position with its token. */
export function positionAt(cursor: Cursor, index: number | null): Position {
  return { cursor, token: formatCursor(cursor), index }
}

/** True when whole transactions end here. */
export function isCheckpoint(position: Position): boolean {
  return position.cursor.inBatch === null
}

/** True when the token says all of the cursor: two positions with the same exact token are the same. */
export function isExact({ cursor }: Position): boolean {
  const inProgress = Math.max(cursor.snapshot.xip.length, cursor.inBatch?.upTo.xip.length ?? 0)
  return inProgress <= maxTokenTransactions
}

/** A snapshot that sees all that was received there: inside a batch some of what it sees is still to come. */
export function reachedBy({ cursor }: Position): Snapshot {
  return cursor.inBatch?.upTo ?? cursor.snapshot
}

/** True when what a committed change made comes before a position. */
export function isPast(
  { cursor }: Pick<Position, 'cursor'>,
  change: { readonly tx: string; readonly seq: string },
): boolean {
  const tx = BigInt(change.tx)
  const { snapshot, inBatch } = cursor
  return (
    sees(snapshot, tx) || (inBatch !== null && sees(inBatch.upTo, tx) && BigInt(change.seq) <= inBatch.seq)
  )
}

/** On which sides of a change a row is seen. */
export interface Crossing {
  readonly before: boolean
  readonly after: boolean
}

/** An event whose JSON is made when the first receiver needs it, and kept for the others. */
export class EncodedEvent {
  readonly event: EncodableEvent
  /** How the row crosses the border of what its receivers see; null when it does not. */
  readonly crossing: Crossing | null
  #json: string | null = null
  #conflationKey: ConflationKey | null = null

  constructor(event: EncodableEvent, crossing: Crossing | null = null) {
    this.event = event
    this.crossing = crossing
  }

  /** See `encodeEvent`. */
  get json(): string {
    this.#json ??= encodeEvent(this.event)
    return this.#json
  }

  /** See `conflationKey`. */
  get conflationKey(): ConflationKey {
    this.#conflationKey ??= conflationKey(this.event)
    return this.#conflationKey
  }

  /** Lets go of what can be made again and is larger than the event: most events are never asked for again. */
  forgetForms(): void {
    this.#json = null
    this.#conflationKey = null
  }
}

/** Events between two positions. */
export interface EncodedBatch {
  readonly events: readonly EncodedEvent[]
  readonly from: Position
  readonly to: Position
  /** Estimate of the memory it holds, bytes. */
  readonly bytes: number
}

/** Wraps events for delivery; nothing is encoded before it is needed. */
export function encodeBatch(events: readonly Event[], from: Position, to: Position): EncodedBatch {
  let bytes = 300 + to.token.length
  for (const event of events) bytes += eventBytes(event)
  return { events: events.map(event => new EncodedEvent(event)), from, to, bytes }
}

/** Memory of an event: rows, data, the encoded text that holds them again, and about 600 bytes of objects and names. */
export function eventBytes(event: EncodableEvent): number {
  const rows = (event.change.oldRow?.length ?? 0) + (event.change.newRow?.length ?? 0)
  return 600 + rows + 2 * (event.data.length + (event.oldData?.length ?? 0))
}
