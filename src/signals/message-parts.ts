/**
 * A message as NOTIFY payloads, and back. PostgreSQL takes less than 8000 bytes in one, so a longer message goes in
 * numbered parts: `1 <hub> <number of the message> <part>/<parts> <text>`, all ASCII.
 * @see https://www.postgresql.org/docs/current/sql-notify.html
 */
const maxPayload = 7_900
/** Room for the longest head. */
const partLength = maxPayload - 120
/** With these, a message may have about 1 MB. */
const maxParts = 128
/** Longest message that can be sent, characters. */
export const maxMessageLength = maxParts * partLength

const pattern = /^1 ([\w-]{1,64}) (\d{1,15}) (\d{1,3})\/(\d{1,3}) /

/** Splits a message. The caller checks its length ({@link maxMessageLength}). */
export function splitMessage(hubId: string, number: number, text: string): string[] {
  const count = Math.max(1, Math.ceil(text.length / partLength))
  return Array.from({ length: count }, (_, index) => {
    const part = text.slice(index * partLength, (index + 1) * partLength)
    return `1 ${hubId} ${number} ${index + 1}/${count} ${part}`
  })
}

/** One payload, read. */
export interface MessagePart {
  readonly hubId: string
  readonly number: number
  /** From 1 to `count`. */
  readonly index: number
  readonly count: number
  readonly text: string
}

/** Reads a payload; null for what is none of ours. */
export function readPart(payload: string): MessagePart | null {
  const match = pattern.exec(payload)
  if (match === null) return null
  const [head, hubId = '', number, part, parts] = match
  const [index, count] = [Number(part), Number(parts)]
  if (index < 1 || index > count || count > maxParts) return null
  return { hubId, number: Number(number), index, count, text: payload.slice(head.length) }
}

/** Most hubs whose messages are put together at a time, and most characters that wait for their rest. */
const maxUnfinished = 64
const maxWaiting = 4_194_304

/**
 * Puts parts together again. A hub sends one message after the other, so each has at most one under way; whatever
 * does not continue that one was lost, or never sent by a hub.
 */
export class PartAssembler {
  readonly #unfinished = new Map<string, { number: number; count: number; parts: string[]; length: number }>()
  #waiting = 0

  /** Takes the next part. Returns the whole text once it is complete; `lost` when parts had to be dropped. */
  add({ hubId, number, index, count, text }: MessagePart): { text: string | null; lost: boolean } {
    if (count === 1) return { text, lost: this.#forget(hubId) }
    let lost = false
    let begun = this.#unfinished.get(hubId)
    if (index === 1) {
      lost = this.#forget(hubId)
      begun = { number, count, parts: [], length: 0 }
      this.#unfinished.set(hubId, begun)
    } else if (begun?.number !== number || begun.count !== count || begun.parts.length !== index - 1) {
      return { text: null, lost: this.#forget(hubId) || index === count }
    }
    begun.parts.push(text)
    begun.length += text.length
    this.#waiting += text.length
    if (index === count) {
      this.#forget(hubId)
      return { text: begun.parts.join(''), lost }
    }
    return { text: null, lost: this.#trim() || lost }
  }

  #forget(hubId: string): boolean {
    const begun = this.#unfinished.get(hubId)
    if (begun === undefined) return false
    this.#waiting -= begun.length
    return this.#unfinished.delete(hubId)
  }

  #trim(): boolean {
    let lost = false
    for (const hubId of this.#unfinished.keys()) {
      if (this.#unfinished.size <= maxUnfinished && this.#waiting <= maxWaiting) break
      lost = this.#forget(hubId) || lost
    }
    return lost
  }
}
