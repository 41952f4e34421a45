import { encodeMessage, encodeRaw } from '../../protocol/encode-message.ts'
import type { HubMessageData, HubMessageType } from '../../protocol/messages.ts'
import type { Position } from './encoded-batch.ts'
import { isCheckpoint } from './encoded-batch.ts'

/** A frame ready for the wire. */
export function messageFrame<Type extends HubMessageType>(
  type: Type,
  data: HubMessageData[Type],
  timestamp: string,
): Buffer {
  return Buffer.from(encodeMessage(type, data, timestamp))
}

/** One frame per event. */
export function eventFrames(bodies: readonly string[], timestamp: string): Buffer[] {
  return bodies.map(body => Buffer.from(encodeRaw('realtime_event', body, timestamp)))
}

/**
 * All events in one frame.
 * @param position the position after them; null when they are no part of the connection's own stream
 */
export function batchFrame(bodies: readonly string[], position: Position | null, timestamp: string): Buffer {
  const cursor = position === null ? '' : `,"cursor":"${position.token}"`
  const checkpoint = position !== null && isCheckpoint(position)
  return Buffer.from(
    encodeRaw('events', `{"events":[${bodies.join(',')}]${cursor},"checkpoint":${checkpoint}}`, timestamp),
  )
}

/** The frame that says what was received so far equals the database at this cursor. */
export function checkpointFrame(position: Position, timestamp: string): Buffer {
  return messageFrame('checkpoint', { cursor: position.token }, timestamp)
}
