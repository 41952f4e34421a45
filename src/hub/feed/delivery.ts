import type { EncodedBatch } from '../stream/encoded-batch.ts'
import { isCheckpoint } from '../stream/encoded-batch.ts'
import { batchFrame, checkpointFrame, eventFrames } from '../stream/frames.ts'

/** One batch in the form one selection gets it; the frames are shared by all connections that get them. */
export interface Delivery {
  readonly batch: EncodedBatch
  /** With the checkpoint at the end, when there are events and whole transactions end here. */
  readonly frames: readonly Buffer[]
  readonly eventCount: number
  /** False while events are held back: what is sent does not move the cursor. */
  readonly moves: boolean
  /** The checkpoint alone, for a connection that still lacks it. */
  readonly checkpoint: () => Buffer
}

/** The frame of the batch's own checkpoint, made once at most. */
export function lazyCheckpoint(batch: EncodedBatch, timestamp: string): () => Buffer {
  let frame: Buffer | null = null
  return () => {
    frame ??= checkpointFrame(batch.to, timestamp)
    return frame
  }
}

/**
 * Makes the frames of the selected events.
 *
 * @param bodies the events, see `eventBody`
 * @param form `batch`: one `events` frame; `own`: false when they do not move the cursor of the
 *   connection's stream
 */
export function buildDelivery(
  batch: EncodedBatch,
  bodies: readonly string[],
  form: {
    readonly batch: boolean
    readonly own: boolean
    readonly checkpoint: () => Buffer
    readonly at: string
  },
): Delivery {
  return {
    batch,
    frames: framesOf(batch, bodies, form),
    eventCount: bodies.length,
    moves: form.own,
    checkpoint: form.checkpoint,
  }
}

function framesOf(
  batch: EncodedBatch,
  bodies: readonly string[],
  form: Parameters<typeof buildDelivery>[2],
): readonly Buffer[] {
  if (bodies.length === 0) return []
  if (form.batch) return [batchFrame(bodies, form.own ? batch.to : null, form.at)]
  const frames = eventFrames(bodies, form.at)
  if (form.own && isCheckpoint(batch.to)) frames.push(form.checkpoint())
  return frames
}
