import type { Cursor, GapReason } from './cursor.ts'
import type { Event } from './event.ts'

/** Events in order, and the position after them. `cursor.inBatch` is null when they end at a checkpoint. */
export interface EventBatch {
  readonly events: readonly Event[]
  readonly cursor: Cursor
}

/** The past, as the hub asks for it: capture and mapping joined by `daemon.ts`. */
export interface History {
  /**
   * Says whether a cursor can be continued from.
   * @returns null when it can, else why not
   */
  check(cursor: Cursor): Promise<GapReason | null>
  /**
   * Streams what happened after `from` up to the checkpoint `to`, in order; memory is bounded whatever the distance.
   * The last batch carries `to` itself. Ends early when `signal` aborts.
   * @throws CursorGap when the journal turns out to lack a part of it (pruned since {@link check})
   * @throws RTB_DATABASE_*
   */
  replay(from: Cursor, to: Cursor, signal: AbortSignal): AsyncIterable<EventBatch>
}
