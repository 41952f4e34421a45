/** Most messages and characters that may wait while the database is slow or away. */
const maxMessages = 1_000
const maxLength = 4_194_304
/** What is sent in one statement. */
const batchMessages = 100
const batchLength = 524_288

/** What waits to be sent, bounded: the oldest is dropped, because a signal that is late is worth least. */
export class SendQueue {
  #messages: string[] = []
  #length = 0

  get size(): number {
    return this.#messages.length
  }

  /** Adds a message; returns how many older ones were dropped for it. */
  push(message: string): number {
    this.#messages.push(message)
    this.#length += message.length
    let dropped = 0
    while (this.#messages.length > maxMessages || this.#length > maxLength) {
      this.#length -= this.#messages.shift()?.length ?? 0
      dropped++
    }
    return dropped
  }

  /** Takes the oldest messages, as many as one statement may carry; empty when there are none. */
  take(): string[] {
    const taken: string[] = []
    let length = 0
    while (taken.length < batchMessages && (taken.length === 0 || length < batchLength)) {
      const next = this.#messages.shift()
      if (next === undefined) break
      taken.push(next)
      length += next.length
    }
    this.#length -= length
    return taken
  }

  clear(): void {
    this.#messages = []
    this.#length = 0
  }
}
