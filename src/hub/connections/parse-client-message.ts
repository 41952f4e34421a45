import type { RtbridgeError } from '../../domain/errors/registry.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import type { ClientMessage } from '../../protocol/messages.ts'
import type { FrameLimits, FrameProblem } from '../../protocol/read-client-message.ts'
import { readClientMessage } from '../../protocol/read-client-message.ts'

/** A checked message, or the error to answer with. */
export type ParsedFrame =
  | { readonly ok: true; readonly message: ClientMessage }
  | { readonly ok: false; readonly error: RtbridgeError; readonly inReplyTo: string | null }

/** Reads a frame and words what is wrong with it as an error of the registry. */
export function parseFrame(text: string, limits: FrameLimits): ParsedFrame {
  const reading = readClientMessage(text, limits)
  if (reading.ok) return reading
  return { ok: false, error: toError(reading.problem), inReplyTo: reading.inReplyTo }
}

/**
 * The message in a frame.
 * @throws RTB_FRAME_NOT_JSON RTB_FRAME_TOO_LARGE RTB_FRAME_TOO_DEEP RTB_MESSAGE_UNKNOWN_TYPE RTB_MESSAGE_INVALID
 */
export function parseClientMessage(text: string, limits: FrameLimits): ClientMessage {
  const frame = parseFrame(text, limits)
  if (!frame.ok) throw frame.error
  return frame.message
}

function toError(problem: FrameProblem): RtbridgeError {
  switch (problem.kind) {
    case 'too-large':
      return rtbridgeError('RTB_FRAME_TOO_LARGE', { limit: problem.limit })
    case 'too-deep':
      return rtbridgeError('RTB_FRAME_TOO_DEEP', { limit: problem.limit })
    case 'not-json':
      return rtbridgeError('RTB_FRAME_NOT_JSON', {})
    case 'unknown-type':
      return rtbridgeError('RTB_MESSAGE_UNKNOWN_TYPE', { type: problem.type, suggestion: problem.suggestion })
    case 'invalid':
      return rtbridgeError('RTB_MESSAGE_INVALID', { path: problem.path, problem: problem.problem })
  }
}
