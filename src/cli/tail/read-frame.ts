import { splitObject, stringEnd } from '../../expressions/json-text.ts'
import type { HubMessage, RealtimeEventData } from '../../protocol/messages.ts'

/** An event as it came: decoded for looking at it, and its own text, in which no number was re-printed. */
export interface ReceivedEvent {
  readonly event: RealtimeEventData
  readonly text: string
}

/**
 * Decodes a frame of the hub.
 * @returns null for what is none: a newer hub may say things that we do not know
 */
export function readFrame(text: string): HubMessage | null {
  try {
    const message = JSON.parse(text) as HubMessage | null
    return typeof message?.message_type === 'string' && typeof message.data === 'object' ? message : null
  } catch {
    return null
  }
}

/** The events of an `events` frame. @throws RTB_ROW_UNREADABLE */
export function readEvents(text: string): readonly ReceivedEvent[] {
  const data = splitObject(splitObject(text).get('data') ?? '{}')
  return splitArray(data.get('events') ?? '[]').map(part => ({
    text: part,
    event: JSON.parse(part) as RealtimeEventData,
  }))
}

/** The elements of a JSON array, each with its own text. */
export function splitArray(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = text.indexOf('[') + 1
  for (let i = start; i < text.length; i++) {
    const char = text[i]
    if (char === '"') i = stringEnd(text, i) - 1
    else if (char === '{' || char === '[') depth++
    else if (depth === 0 && (char === ',' || char === ']')) {
      const part = text.slice(start, i).trim()
      if (part !== '') parts.push(part)
      start = i + 1
    } else if (char === '}' || char === ']') depth--
  }
  return parts
}
