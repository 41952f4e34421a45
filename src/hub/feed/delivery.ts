import type { Wire } from '../connections/peer.ts'
import type { SelectedEvent } from '../matching/selected-event.ts'
import { eventBody } from '../matching/selected-event.ts'
import type { EncodedBatch, Position } from '../stream/encoded-batch.ts'
import { isCheckpoint } from '../stream/encoded-batch.ts'
import type { FrameForm } from '../stream/frames.ts'
import { batchFrame, eventFrames, packed, sseFrames, wireOf } from '../stream/frames.ts'

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

export interface DeliveryOptions {
  readonly form: FrameForm
  /** False when the events do not move the cursor of the connection's stream. */
  readonly own: boolean
  /** The frame of the batch's own checkpoint. */
  readonly checkpoint: (wire: Wire) => Buffer
  /** ISO 8601. */
  readonly at: string
}

/** Makes the frames of the selected events. */
export function buildDelivery(
  batch: EncodedBatch,
  selected: readonly SelectedEvent[],
  options: DeliveryOptions,
): Delivery {
  const checkpoint = () => options.checkpoint(wireOf(options.form))
  const frames = framesOf(selected, options.own ? batch.to : null, options)
  const endsInFrame = options.form === 'batch' || !options.own || !isCheckpoint(batch.to)
  return {
    batch,
    frames: packed(frames.length === 0 || endsInFrame ? frames : [...frames, checkpoint()]),
    eventCount: selected.length,
    moves: options.own,
    checkpoint,
  }
}

/**
 * The frames of events without a checkpoint.
 * @param position the position after them; null when they are no part of the connection's own stream
 */
export function framesOf(
  selected: readonly SelectedEvent[],
  position: Position | null,
  { form, at }: Pick<DeliveryOptions, 'form' | 'at'>,
): Buffer[] {
  if (selected.length === 0) return []
  if (form === 'sse') {
    const toBlock = (each: SelectedEvent) => ({
      eventType: each.encoded.event.eventType,
      body: eventBody(each),
    })
    return sseFrames(selected.map(toBlock), position)
  }
  const bodies = selected.map(eventBody)
  return form === 'batch' ? [batchFrame(bodies, position, at)] : eventFrames(bodies, at)
}
