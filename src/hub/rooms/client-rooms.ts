import { rtbridgeError } from '../../domain/errors/registry.ts'
import type { Clock } from '../clock.ts'
import type { HubLimits } from '../limits.ts'
import { TokenBucket } from './token-bucket.ts'

/** What waits for an answer about rooms, of one connection. */
const maxWaiting = 200

/** What one connection has to do with rooms beside being in them. */
export class ClientRooms {
  /** Of its signals. */
  readonly bucket: TokenBucket
  /** Since when it could not be found out whether it may still be in a room, on the clock's `elapsed`. */
  undecidedSince: Map<string, number> | null = null
  /** Rooms of subscriptions whose past is still being sent, by the id of the subscription; null = there were none yet. */
  replaying: Map<string, readonly string[]> | null = null
  /** It said that nobody sits before it. */
  isAway = false
  #last: Promise<void> | null = null
  #waiting = 0

  constructor({ signalsPerSecond, signalBurst }: HubLimits, clock: Clock) {
    this.bucket = new TokenBucket(signalsPerSecond, signalBurst, clock.elapsed())
  }

  /**
   * Does what may have to ask first, one after the other: what a client sends about rooms takes effect in the order in
   * which it was sent. At once when nothing waits.
   *
   * @throws RTB_ROOM_PENDING, and what `work` throws
   */
  run(work: () => Promise<void> | void): Promise<void> | void {
    const last = this.#last
    if (last !== null && this.#waiting >= maxWaiting)
      throw rtbridgeError('RTB_ROOM_PENDING', { limit: maxWaiting })
    const done = last === null ? work() : last.then(work)
    if (done === undefined) return
    this.#waiting++
    const settled = done
      .catch(() => {})
      .then(() => {
        this.#waiting--
        if (this.#last === settled) this.#last = null
      })
    this.#last = settled
    return done
  }
}
