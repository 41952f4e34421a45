import type { GapReason } from '../../domain/cursor.ts'
import { CursorGap, historyOf, sameCursor } from '../../domain/cursor.ts'
import { covers } from '../../domain/snapshot.ts'
import { pause } from '../clock.ts'
import type { HubContext } from '../context.ts'
import type { EncodedBatch, Position } from '../stream/encoded-batch.ts'
import { encodeBatch, isCheckpoint, positionAt, reachedBy } from '../stream/encoded-batch.ts'
import { bridgeToBoundary } from './bridge-to-boundary.ts'
import type { OutgoingQueue } from './outgoing-queue.ts'

/** Conditions that take long, on much that is in memory: after this others have their turn, ms. */
const turnMs = 20

/** Something that gets the past until it has reached the present: a connection, or one new subscription of it. */
export interface ReplayFeed {
  /** False ends the work: it arrived, or nobody wants it any more. */
  readonly isCatchingUp: boolean
  /** Where it is; `take` moves it. */
  position: Position
  /** Aborts when the position was replaced or the connection ended. */
  readonly signal: AbortSignal
  readonly queue: Pick<OutgoingQueue, 'bytes' | 'whenBelow'>
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
  const { stream } = context
  const { position } = feed
  const place = stream.locate(position)
  if (place?.isExact) return feedFromTail(feed, place.index, context)
  if (place !== null) {
    const bridge = bridgeToBoundary(stream, position, place.index)
    // It has seen more than this hub has, at another one: what comes next is known at the next checkpoint.
    return bridge === null ? nextCheckpoint(feed, context) : feed.take(bridge)
  }
  return isBehind(position, stream.checkpoint)
    ? replayFromHistory(feed, context)
    : nextCheckpoint(feed, context)
}

async function nextCheckpoint(feed: ReplayFeed, { stream, history }: HubContext<unknown>): Promise<void> {
  const { position, signal } = feed
  const next = stream.nextCheckpoint(signal)
  // A position that this hub did not give out may be one that no checkpoint ever reaches.
  const reason = position.index === null ? await history.check(position.cursor) : null
  if (signal.aborted) return
  // What is pruned may still be in memory at the checkpoint.
  if (reason === null || reason === 'retention') await next
  else feed.gap(reason)
}

function feedFromTail(
  feed: ReplayFeed,
  from: number,
  { stream, limits, clock }: HubContext<unknown>,
): void | Promise<void> {
  let index = from
  const turnEnds = clock.elapsed() + turnMs
  for (let batch = stream.after(index); batch !== undefined; batch = stream.after(++index)) {
    feed.take(batch)
    if (!feed.isCatchingUp) return
    if (feed.queue.bytes > lowWater(limits.queueBytes))
      return feed.queue.whenBelow(lowWater(limits.queueBytes))
    if (clock.elapsed() >= turnEnds && stream.after(index + 1) !== undefined) {
      return pause(clock, 0, feed.signal)
    }
  }
  return feed.arrive()
}

/** A replay goes on when this much of the queue's limit is left to send. */
function lowWater(queueBytes: number): number {
  return queueBytes / 4
}

/** True when the journal leads from a position to `target`: it has seen less, and nothing beyond. */
function isBehind(position: Position, target: Position | null): target is Position {
  if (target === null) return false
  const { incarnation, snapshot } = target.cursor
  // Of another history: to read says so.
  if (historyOf(position.cursor.incarnation) !== historyOf(incarnation)) return true
  return covers(snapshot, reachedBy(position)) && !covers(position.cursor.snapshot, snapshot)
}

/**
 * Reads up to the start of the tail, and lengthens the tail by it when it fits: of a thousand who come back from the
 * same hour, the first reads for all.
 */
async function replayFromHistory(feed: ReplayFeed, context: HubContext<unknown>): Promise<void> {
  const { signal } = feed
  const { stream } = context
  const release = await context.slots.acquire(signal)
  try {
    // Somebody may have read it while this one waited.
    if (signal.aborted || stream.locate(feed.position) !== null) return
    const reason = await context.history.check(feed.position.cursor)
    const target = replayTarget(feed.position, context)
    if (signal.aborted || target === null) return
    if (reason !== null) return feed.gap(reason)
    context.counters.replays++
    const taken = await takeAll(feed, target, context)
    if (taken === null) return
    feed.position = target
    stream.prepend(taken)
  } finally {
    release()
  }
  await feed.queue.whenBelow(lowWater(context.limits.queueBytes))
}

/** The start of the tail, or the last checkpoint while the tail starts inside a big batch. */
function replayTarget(position: Position, { stream }: HubContext<unknown>): Position | null {
  const { start, checkpoint } = stream
  return start !== null && isCheckpoint(start) && isBehind(position, start) ? start : checkpoint
}

/**
 * Takes everything up to the target.
 * @returns the batches, none of them when they are more than is worth keeping; null when the client is slow and gave its
 *   place away
 */
async function takeAll(
  feed: ReplayFeed,
  target: Position,
  context: HubContext<unknown>,
): Promise<readonly EncodedBatch[] | null> {
  const { signal } = feed
  let kept: EncodedBatch[] | null = []
  let bytes = context.stream.tailBytes
  for await (const batch of context.history.replay(feed.position.cursor, target.cursor, signal)) {
    if (signal.aborted || !feed.isCatchingUp) return null
    const isLast = batch.cursor.inBatch === null && sameCursor(batch.cursor, target.cursor)
    const to = isLast ? target : positionAt(batch.cursor, null)
    const encoded = encodeBatch(batch.events, feed.position, to)
    bytes += encoded.bytes
    if (bytes > context.limits.tailBytes) kept = null
    kept?.push(encoded)
    feed.take(encoded)
    if (!(await drainsInTime(feed, context))) return null
  }
  return signal.aborted ? null : (kept ?? [])
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
