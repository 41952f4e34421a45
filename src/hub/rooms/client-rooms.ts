import { rtbridgeError } from '../../domain/errors/registry.ts'
import { TokenBucket } from '../../domain/token-bucket.ts'
import type { Clock } from '../clock.ts'
import type { HubLimits } from '../limits.ts'

/** What one connection has to do with rooms beside being in them. */
export class ClientRooms {
  /** Since when it could not be found out whether it may still be in a room, on the clock's `elapsed`. */
  undecidedSince: Map<string, number> | null = null
  /** Rooms of subscriptions whose past is still being sent, by the id of the subscription; null = there were none yet. */
  replaying: Map<string, readonly string[]> | null = null
  /** It said that nobody sits before it. */
  isAway = false
  #last: Promise<void> | null = null
  #isClosed = false
  readonly #limits: HubLimits
  readonly #clock: Clock
  /** Null until it sends its first signal. */
  #bucket: TokenBucket | null = null
  #waitingBytes = 0

  constructor(limits: HubLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
  }

  /** Of its signals. */
  get bucket(): TokenBucket {
    const { signalsPerSecond, signalBurst } = this.#limits
    this.#bucket ??= new TokenBucket(signalsPerSecond, signalBurst, this.#clock.elapsed())
    return this.#bucket
  }

  /**
   * Does what may have to ask first, one after the other: what a client sends about rooms takes effect in the order in
   * which it was sent. At once when nothing waits; what still waits when the connection ends is not done any more.
   *
   * @param data of the message, which is kept while it waits
   * @throws RTB_ROOM_PENDING, and what `work` throws
   */
  run(data: unknown, work: () => Promise<void> | void): Promise<void> | void {
    const last = this.#last
    const limit = this.#limits.pendingBytes
    // What a short message keeps besides its characters is counted, too.
    const bytes = last === null ? 0 : 2 * JSON.stringify(data).length + 100
    if (this.#waitingBytes + bytes > limit) throw rtbridgeError('RTB_ROOM_PENDING', { limit })
    const done = last === null ? work() : last.then(() => (this.#isClosed ? undefined : work()))
    if (done === undefined) return
    this.#waitingBytes += bytes
    const settled = done
      .catch(() => {})
      .then(() => {
        this.#waitingBytes -= bytes
        if (this.#last === settled) this.#last = null
      })
    this.#last = settled
    return done
  }

  /** The connection has ended. */
  close(): void {
    this.#isClosed = true
    this.replaying = null
  }
}
