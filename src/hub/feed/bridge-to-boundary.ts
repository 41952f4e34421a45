import { covers, sees } from '../../domain/snapshot.ts'
import type { EncodableEvent } from '../stream/encode-event.ts'
import type { EncodedBatch, Position } from '../stream/encoded-batch.ts'
import { isCheckpoint, reachedBy } from '../stream/encoded-batch.ts'
import type { Stream } from '../stream/stream.ts'

/**
 * What leads from a position between the boundaries of the tail to one of them: a position of another hub, or of this
 * hub before it restarted. It has everything before boundary `index` and some of what comes after. The result holds
 * what it lacks up to the first checkpoint that has all of it.
 *
 * @returns null when no boundary of the tail has yet seen what the position has
 */
export function bridgeToBoundary(stream: Stream, position: Position, index: number): EncodedBatch | null {
  const reached = reachedBy(position)
  const events: EncodedBatch['events'][number][] = []
  let bytes = 0
  for (let at = index; ; at++) {
    const boundary = stream.boundary(at)
    if (boundary === undefined) return null
    if (isCheckpoint(boundary) && covers(boundary.cursor.snapshot, reached)) {
      return { events, from: position, to: boundary, bytes }
    }
    const batch = stream.after(at)
    bytes += batch?.bytes ?? 0
    events.push(...(batch?.events ?? []).filter(({ event }) => !hasSeen(position, event)))
  }
}

function hasSeen({ cursor }: Position, { seq, tx }: EncodableEvent): boolean {
  if (seq === null || tx === null) return false
  const xid = BigInt(tx)
  if (sees(cursor.snapshot, xid)) return true
  return cursor.inBatch !== null && sees(cursor.inBatch.upTo, xid) && BigInt(seq) <= cursor.inBatch.seq
}
