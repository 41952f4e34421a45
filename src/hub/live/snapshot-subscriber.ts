import type { Identity } from '../../access/identity.ts'
import type { CapturedTable } from '../../domain/change.ts'
import type { Cursor } from '../../domain/cursor.ts'
import type { OutgoingQueue } from '../feed/outgoing-queue.ts'
import type { LiveRequest } from './live-request.ts'
import type { SnapshotChunk } from './snapshot-chunk.ts'

/** How the rows ended. */
export interface SnapshotEnd {
  /** The one that the rows came from. */
  readonly table: CapturedTable
  /** The rows are those of the database there. */
  readonly cursor: Cursor
  readonly count: number
  /** There are more than the limit. */
  readonly more: boolean
}

/** One who gets the rows of a table. */
export interface SnapshotSubscriber {
  readonly queue: Pick<OutgoingQueue, 'bytes' | 'whenBelow'>
  /** Part 0 begins anew, whatever came before. */
  take(chunk: SnapshotChunk): void
  end(end: SnapshotEnd): void
  fail(error: unknown): void
  /** It takes too little: the read goes on without it. */
  drop(): void
}

/** Who brings the rows of tables. */
export interface SnapshotSource {
  /** Reads that wait for their turn, and those under way. */
  readonly waiting: number
  readonly running: number
  /**
   * Brings the rows of a table to a subscriber.
   * @returns gives it up
   * @throws RTB_SNAPSHOT_LIMIT
   */
  join(
    subscriber: SnapshotSubscriber,
    wanted: {
      readonly request: LiveRequest
      readonly identity: Identity
      /** It had the table before: rows of a moment ago would not do. */
      readonly isAnew: boolean
    },
  ): () => void
}
