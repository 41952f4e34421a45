import { rtbridgeError } from '../domain/errors/registry.ts'
import { TokenBucket } from '../domain/token-bucket.ts'
import type { Caller } from './caller.ts'
import type { Clock } from './clock.ts'
import type { Counters } from './counters.ts'
import type { HubLimits } from './limits.ts'

/** Senders that are remembered; who has rested is forgotten first. */
const maxSenders = 10_000

/** Bounds the signals of those who have no connection, as those of connections are bounded. */
export class OutsideSignals {
  readonly #limits: Pick<HubLimits, 'signalsPerSecond' | 'signalBurst' | 'signalBytes'>
  readonly #clock: Clock
  readonly #counters: Counters
  readonly #buckets = new Map<string, TokenBucket>()

  constructor(
    limits: Pick<HubLimits, 'signalsPerSecond' | 'signalBurst' | 'signalBytes'>,
    clock: Clock,
    counters: Counters,
  ) {
    this.#limits = limits
    this.#clock = clock
    this.#counters = counters
  }

  /**
   * @param data JSON text
   * @throws RTB_SIGNAL_RATE RTB_SIGNAL_SIZE
   */
  check(caller: Caller, data: string): void {
    const { signalsPerSecond: perSecond, signalBytes: limit } = this.#limits
    const retryMs = this.#bucketOf(caller).take(1, this.#clock.elapsed())
    if (retryMs === 0 && Buffer.byteLength(data) <= limit) return
    this.#counters.signalsRefused++
    throw retryMs > 0
      ? rtbridgeError('RTB_SIGNAL_RATE', { perSecond, retryMs })
      : rtbridgeError('RTB_SIGNAL_SIZE', { limit })
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
