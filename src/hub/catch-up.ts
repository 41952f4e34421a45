import type { GapReason } from '../domain/cursor.ts'
import { CursorGap, sameCursor } from '../domain/cursor.ts'
import { sameSnapshot } from '../domain/snapshot.ts'
import { pause } from './clock.ts'
import type { HubContext } from './context.ts'
import type { EncodedBatch, Position } from './encoded-batch.ts'
import { encodeBatch, positionAt } from './encoded-batch.ts'
import type { OutgoingQueue } from './outgoing-queue.ts'

/** Something that gets the past until it has reached the present: a connection, or one new subscription of it. */
export interface ReplayFeed {
  /** False ends the work: it arrived, or nobody wants it any more. */
  readonly isCatchingUp: boolean
  /** Where it is; `take` moves it. */
  position: Position
  /** Aborts when the position was replaced or the connection ended. */
  readonly signal: AbortSignal
  readonly queue: OutgoingQueue
  take(batch: EncodedBatch): void
  /** The position cannot be continued from: go on from the present, and tell. */
  gap(reason: GapReason): void
  /** It is at the head, in this very tick. */
  arrive(): void | Promise<void>
}

/**
 * Brings a feed to the present. What the tail holds is fed from memory; what is older is read from the journal up to
 * the hub's last checkpoint, and again, until the tail reaches back far enough. The step from the tail to live
 * happens in one tick, so nothing can fall between or come twice. Never rejects.
 */
export async function catchUp(feed: ReplayFeed, context: HubContext<unknown>): Promise<void> {
  while (feed.isCatchingUp) {
    try {
      const step = nextStep(feed, context)
      if (step !== undefined) await step
    } catch (error) {
      if (feed.signal.aborted) continue
      if (error instanceof CursorGap) {
        feed.gap(error.reason)
        continue
      }
      context.counters.replayErrors++
      context.onError(error, 'replay')
      await pause(context.clock, context.limits.retryDelayMs, feed.signal)
    }
  }
}

/** Undefined when the step is done already: an `await` would let a batch slip in. */
function nextStep(feed: ReplayFeed, context: HubContext<unknown>): void | Promise<void> {
  const { stream, limits } = context
  let index = stream.locate(feed.position)
  if (index !== null) {
    for (let batch = stream.after(index); batch !== undefined; batch = stream.after(++index)) {
      feed.take(batch)
      if (!feed.isCatchingUp) return
      if (feed.queue.bytes > lowWater(limits.queueBytes))
        return feed.queue.whenBelow(lowWater(limits.queueBytes))
    }
    return feed.arrive()
  }
  const target = stream.checkpoint
  if (target === null || isPast(feed.position, target)) return stream.nextCheckpoint(feed.signal)
  return replayFromHistory(feed, target, context)
}

/** A replay goes on when this much of the queue's limit is left to send. */
function lowWater(queueBytes: number): number {
  return queueBytes / 4
}

/** True when the journal up to `target` holds nothing for this position: it is inside the batch after it. */
function isPast(position: Position, target: Position): boolean {
  if (position.index !== null && target.index !== null) return position.index >= target.index
  return (
    position.cursor.incarnation === target.cursor.incarnation &&
    sameSnapshot(position.cursor.snapshot, target.cursor.snapshot)
  )
}

async function replayFromHistory(
  feed: ReplayFeed,
  target: Position,
  context: HubContext<unknown>,
): Promise<void> {
  const { signal } = feed
  const release = await context.slots.acquire(signal)
  try {
    if (signal.aborted) return
    const reason = await context.history.check(feed.position.cursor)
    if (signal.aborted) return
    if (reason !== null) return feed.gap(reason)
    context.counters.replays++
    if (await takeAll(feed, target, context)) feed.position = target
  } finally {
    release()
  }
  await feed.queue.whenBelow(lowWater(context.limits.queueBytes))
}

/** True when everything up to the target was taken; false when the client is slow and gives its place away. */
async function takeAll(feed: ReplayFeed, target: Position, context: HubContext<unknown>): Promise<boolean> {
  const { signal } = feed
  for await (const batch of context.history.replay(feed.position.cursor, target.cursor, signal)) {
    if (signal.aborted || !feed.isCatchingUp) return false
    const isLast = batch.cursor.inBatch === null && sameCursor(batch.cursor, target.cursor)
    const to = isLast ? target : positionAt(batch.cursor, null)
    feed.take(encodeBatch(batch.events, feed.position, to))
    if (!(await drainsInTime(feed, context))) return false
  }
  return !signal.aborted
}

async function drainsInTime({ queue, signal }: ReplayFeed, context: HubContext<unknown>): Promise<boolean> {
  const below = lowWater(context.limits.queueBytes)
  if (queue.bytes <= below) return true
  const impatience = new AbortController()
  const limit = pause(
    context.clock,
    context.limits.replayPatienceMs,
    AbortSignal.any([signal, impatience.signal]),
  )
  await Promise.race([queue.whenBelow(below), limit])
  impatience.abort()
  return queue.bytes <= below && !signal.aborted
}
