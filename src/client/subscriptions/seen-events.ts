/** Events that are remembered, at least; twice as many at most. */
const least = 10_000

/**
 * Remembers which events came for which subscription. An event that came for one must still reach another that gets it
 * later, beside the stream.
 */
export class SeenEvents {
  #young = new Set<string>()
  #old = new Set<string>()

  /** @returns false when it came before */
  add(subscription: string, eventId: string): boolean {
    const key = `${subscription} ${eventId}`
    if (this.#young.has(key) || this.#old.has(key)) return false
    this.#young.add(key)
    if (this.#young.size >= least) {
      this.#old = this.#young
      this.#young = new Set()
    }
    return true
  }

  clear(): void {
    this.#young.clear()
    this.#old.clear()
  }
}
