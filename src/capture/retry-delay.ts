import { pause } from './pause.ts'

export interface RetryDelayOptions {
  /** First pause, ms. */
  readonly minMs: number
  /** Longest pause, ms. */
  readonly maxMs: number
  /** 0 ≤ random() < 1 */
  readonly random: () => number
}

/** Growing pauses with full jitter, so that many hubs do not return at the same moment. */
export class RetryDelay {
  readonly #options: RetryDelayOptions
  #attempts = 0

  constructor(options: RetryDelayOptions) {
    this.#options = options
  }

  reset(): void {
    this.#attempts = 0
  }

  /** Waits before the next attempt; at once over when the signal aborts. */
  async wait(signal: AbortSignal): Promise<void> {
    const { minMs, maxMs, random } = this.#options
    const ceiling = Math.min(maxMs, minMs * 2 ** Math.min(this.#attempts++, 20))
    const pauseMs = ceiling / 2 + (random() * ceiling) / 2
    await pause(pauseMs, signal)
  }
}
