/** Lets so many things through in a second on average, and some more at once after a rest. */
export class TokenBucket {
  readonly #perSecond: number
  readonly #burst: number
  #tokens: number
  #at: number

  /** @param now milliseconds of a clock that only grows */
  constructor(perSecond: number, burst: number, now: number) {
    this.#perSecond = perSecond
    this.#burst = Math.max(1, burst)
    this.#tokens = this.#burst
    this.#at = now
  }

  /** @returns 0 when it may pass, else in how many milliseconds the next one may */
  take(now: number): number {
    const rested = (Math.max(0, now - this.#at) * this.#perSecond) / 1_000
    this.#tokens = Math.min(this.#burst, this.#tokens + rested)
    this.#at = now
    if (this.#tokens < 1) return Math.ceil(((1 - this.#tokens) * 1_000) / this.#perSecond)
    this.#tokens--
    return 0
  }
}
