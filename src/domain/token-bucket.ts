/** Seconds' worth of a rate that may come at once: an app that starts asks for much, and then for little. */
export const burstSeconds = 10

/** A rate with a burst: full at the beginning, refilled evenly. Costs no timer. */
export class TokenBucket {
  readonly #perSecond: number
  readonly #capacity: number
  #tokens: number
  #filledAt: number

  /**
   * @param perSecond how much is refilled in a second
   * @param capacity how much there may be at once
   * @param now milliseconds of a clock that only grows
   */
  constructor(perSecond: number, capacity: number, now: number) {
    this.#perSecond = perSecond
    this.#capacity = capacity
    this.#tokens = capacity
    this.#filledAt = now
  }

  /** Takes an amount. @returns 0 when it was there; else nothing was taken, and it will be after so many ms */
  take(amount: number, now: number): number {
    this.#refill(now)
    if (amount <= this.#tokens) {
      this.#tokens -= amount
      return 0
    }
    return Math.ceil(((amount - this.#tokens) / this.#perSecond) * 1_000)
  }

  /** Whether nothing was taken for so long that it is as new. */
  isFull(now: number): boolean {
    this.#refill(now)
    return this.#tokens >= this.#capacity
  }

  #refill(now: number): void {
    const passed = Math.max(0, now - this.#filledAt)
    this.#filledAt = now
    this.#tokens = Math.min(this.#capacity, this.#tokens + (passed / 1_000) * this.#perSecond)
  }
}
