import { encodeMessage, encodeRaw } from '../../protocol/encode-message.ts'
import { encodeSseBlock, encodeSseMessage, sseEventName } from '../../protocol/encode-sse.ts'
import type { HubMessageData, HubMessageType } from '../../protocol/messages.ts'
import { pieceBytes, type Wire } from '../connections/peer.ts'
import type { Position } from './encoded-batch.ts'
import { isCheckpoint } from './encoded-batch.ts'
import { webSocketFrame } from './web-socket-frame.ts'

/** In which form a client gets events: a frame each, all of a batch in one, or blocks of an event stream. */
export type FrameForm = 'single' | 'batch' | 'sse'

/** A frame ready for the wire. */
export function messageFrame<Type extends HubMessageType>(
  type: Type,
  data: HubMessageData[Type],
  { timestamp, wire }: { readonly timestamp: string; readonly wire: Wire },
): Buffer {
  return wire === 'sse'
    ? Buffer.from(encodeSseMessage(type, data))
    : webSocketFrame(encodeMessage(type, data, timestamp))
}

/** One frame per event. */
export function eventFrames(bodies: readonly string[], timestamp: string): Buffer[] {
  return bodies.map(body => webSocketFrame(encodeRaw('realtime_event', body, timestamp)))
}

/**
 * All events in one frame.
 * @param position the position after them; null when they are no part of the connection's own stream
 */
export function batchFrame(bodies: readonly string[], position: Position | null, timestamp: string): Buffer {
  const cursor = position === null ? '' : `,"cursor":"${position.token}"`
  const checkpoint = position !== null && isCheckpoint(position)
  return webSocketFrame(
    encodeRaw('events', `{"events":[${bodies.join(',')}]${cursor},"checkpoint":${checkpoint}}`, timestamp),
  )
}

/**
 * One block per event. Only the last has an id: who is cut before it goes on from before the first, so that nothing
 * between them is lost.
 * @param position the position after them; null when they are no part of the connection's own stream
 */
export function sseFrames(
  events: readonly { readonly eventType: string; readonly body: string }[],
  position: Position | null,
): Buffer[] {
  return events.map(({ eventType, body }, at) => {
    const id = at === events.length - 1 ? (position?.token ?? null) : null
    return Buffer.from(encodeSseBlock(sseEventName(eventType), body, id))
  })
}

/** The frame that says what was received so far equals the database at this cursor. */
export function checkpointFrame(position: Position, timestamp: string, wire: Wire): Buffer {
  return messageFrame('checkpoint', { cursor: position.token }, { timestamp, wire })
}

/** The checkpoint of a position for every wire, each made once at most. */
export function lazyCheckpoint(position: Position, timestamp: string): (wire: Wire) => Buffer {
  const frames: Partial<Record<Wire, Buffer>> = {}
  return wire => {
    const frame = frames[wire] ?? checkpointFrame(position, timestamp, wire)
    frames[wire] = frame
    return frame
  }
}

/**
 * Frames put together, so that each connection they go to gets them with few calls of the system: with a call for each
 * frame, the calls would be most of a hub's work. A frame that is larger stays as it is.
 */
export function packed(frames: readonly Buffer[]): readonly Buffer[] {
  if (frames.length < 2) return frames
  const packs: Buffer[] = []
  let pack: Buffer[] = []
  let bytes = 0
  const close = () => {
    if (pack.length > 0) packs.push(pack.length === 1 ? (pack[0] as Buffer) : Buffer.concat(pack, bytes))
    pack = []
    bytes = 0
  }
  for (const frame of frames) {
    if (bytes + frame.length > pieceBytes) close()
    pack.push(frame)
    bytes += frame.length
  }
  close()
  return packs
}

/** The wire that carries a form. */
export function wireOf(form: FrameForm): Wire {
  return form === 'sse' ? 'sse' : 'web-socket'
}
