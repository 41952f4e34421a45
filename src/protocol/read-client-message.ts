import type * as z from 'zod'
import { closestWord } from '../domain/closest-word.ts'
import { clientMessageTypes, clientSchemas, envelopeSchema } from './client-schemas.ts'
import type { ClientMessage, ClientMessageType } from './messages.ts'
import { nestsDeeperThan } from './nesting-depth.ts'

/** Limits that are checked before a frame is parsed. */
export interface FrameLimits {
  /** Longest frame, bytes. */
  readonly maxFrameBytes: number
  /** Deepest nesting of arrays and objects. */
  readonly maxDepth: number
  /** Longest `where` of a subscription, characters. */
  readonly maxWhereLength: number
}

/** What is wrong with a frame, in words of the protocol; the hub makes an error of its registry from it. */
export type FrameProblem =
  | { readonly kind: 'too-large' | 'too-deep'; readonly limit: number }
  | { readonly kind: 'not-json' }
  | { readonly kind: 'unknown-type'; readonly type: string; readonly suggestion: string | null }
  | { readonly kind: 'invalid'; readonly path: string; readonly problem: string }

/** A checked message, or the problem and what of the frame an answer can refer to. */
export type FrameReading =
  | { readonly ok: true; readonly message: ClientMessage }
  | { readonly ok: false; readonly problem: FrameProblem; readonly inReplyTo: string | null }

/**
 * Reads one frame of a client. The text is untrusted: size and depth are checked before it is parsed, unknown fields
 * are dropped, and nothing is ever merged into another object, so `__proto__` is a field like any other.
 */
export function readClientMessage(text: string, limits: FrameLimits): FrameReading {
  if (utf8Length(text) > limits.maxFrameBytes) {
    return failed({ kind: 'too-large', limit: limits.maxFrameBytes }, null)
  }
  if (nestsDeeperThan(text, limits.maxDepth))
    return failed({ kind: 'too-deep', limit: limits.maxDepth }, null)
  const json = parseJson(text)
  if (json === undefined) return failed({ kind: 'not-json' }, null)
  const envelope = envelopeSchema.safeParse(json)
  if (!envelope.success) return failed(invalid(envelope.error, ''), null)
  return readData(envelope.data, limits)
}

function readData(envelope: z.infer<typeof envelopeSchema>, limits: FrameLimits): FrameReading {
  const type = envelope.message_type
  const messageId = envelope.message_id ?? null
  if (!isClientMessageType(type)) {
    const problem = { kind: 'unknown-type', type, suggestion: closestWord(type, clientMessageTypes) } as const
    return failed(problem, messageId ?? type.slice(0, 200))
  }
  const data = clientSchemas[type].safeParse(envelope.data ?? {})
  if (!data.success) return failed(invalid(data.error, 'data'), messageId ?? type)
  const message = { type, data: data.data, messageId } as ClientMessage
  const tooLong = findLongWhere(message, limits.maxWhereLength)
  return tooLong === null ? { ok: true, message } : failed(tooLong, messageId ?? type)
}

function findLongWhere({ type, data }: ClientMessage, limit: number): FrameProblem | null {
  const requests = type === 'subscribe' ? [data] : type === 'register' ? (data.subscriptions ?? []) : []
  const at = requests.findIndex(({ where }) => (where?.length ?? 0) > limit)
  if (at < 0) return null
  const path = type === 'subscribe' ? 'data.where' : `data.subscriptions.${at}.where`
  return { kind: 'invalid', path, problem: `is longer than ${limit} characters (limits.filter_length)` }
}

function isClientMessageType(type: string): type is ClientMessageType {
  return Object.hasOwn(clientSchemas, type)
}

function failed(problem: FrameProblem, inReplyTo: string | null): FrameReading {
  return { ok: false, problem, inReplyTo }
}

function invalid(error: z.ZodError, prefix: string): FrameProblem {
  const [issue] = error.issues
  const path = [...(prefix === '' ? [] : [prefix]), ...(issue?.path ?? []).map(String)].join('.')
  return {
    kind: 'invalid',
    path: path === '' ? 'the frame' : path,
    problem: issue?.message ?? 'is not valid',
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Bytes of the text in UTF-8, without a copy of it; lone surrogates count as the replacement character. */
function utf8Length(text: string): number {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) continue
    const isPair = unit >= 0xd800 && unit < 0xdc00 && isLowSurrogate(text.charCodeAt(i + 1))
    bytes += unit < 0x800 ? 1 : 2
    if (isPair) i++
  }
  return bytes
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000
}
