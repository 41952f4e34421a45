import { TokenBucket } from '../domain/token-bucket.ts'
import type { Caller } from './caller.ts'
import type { SignalLimits } from './check-signal.ts'
import { checkSignal } from './check-signal.ts'
import type { Clock } from './clock.ts'
import type { Counters } from './counters.ts'

/** Senders that are remembered; who has rested is forgotten first. */
const maxSenders = 10_000

/** Bounds the signals of those who have no connection, as those of connections are bounded. */
export class OutsideSignals {
  readonly #limits: SignalLimits
  readonly #clock: Clock
  readonly #counters: Counters
  readonly #buckets = new Map<string, TokenBucket>()

  constructor(limits: SignalLimits, clock: Clock, counters: Counters) {
    this.#limits = limits
    this.#clock = clock
    this.#counters = counters
  }

  /**
   * @param data JSON text
   * @throws RTB_SIGNAL_RATE RTB_SIGNAL_SIZE
   */
  check(caller: Caller, data: string): void {
    const rate = { bucket: this.#bucketOf(caller), now: this.#clock.elapsed() }
    checkSignal(data, rate, { limits: this.#limits, counters: this.#counters })
  }

  #bucketOf({ identity, address }: Caller): TokenBucket {
    const sender = JSON.stringify([identity.credential, identity.user ?? address])
    const known = this.#buckets.get(sender)
    if (known !== undefined) return known
    const now = this.#clock.elapsed()
    if (this.#buckets.size >= maxSenders) this.#forget(now)
    const bucket = new TokenBucket(this.#limits.signalsPerSecond, Math.max(1, this.#limits.signalBurst), now)
    this.#buckets.set(sender, bucket)
    return bucket
  }

  #forget(now: number): void {
    for (const [sender, bucket] of this.#buckets) if (bucket.isFull(now)) this.#buckets.delete(sender)
    // All of them are at it: the one that began first begins anew.
    if (this.#buckets.size >= maxSenders) {
      const [oldest = ''] = this.#buckets.keys()
      this.#buckets.delete(oldest)
    }
  }
}
