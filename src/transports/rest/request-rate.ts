import type { Socket } from 'node:net'
import { rtbridgeError } from '../../domain/errors/registry.ts'

/** A connection may send so many seconds' worth of requests at once. */
const burstSeconds = 10

/** Bounds how often one connection may ask. How often somebody may connect is bounded elsewhere. */
export class RequestRate {
  readonly #perSecond: number
  readonly #now: () => number
  /** What each connection has left; forgotten with it. */
  readonly #left = new WeakMap<Socket, { requests: number; at: number }>()

  /**
   * @param perSecond requests per second of one connection
   * @param now milliseconds of a clock that only grows
   */
  constructor(perSecond: number, now: () => number) {
    this.#perSecond = perSecond
    this.#now = now
  }

  /** @throws RTB_HTTP_RATE when the connection asks too often */
  take(socket: Socket): void {
    const now = this.#now()
    const most = this.#perSecond * burstSeconds
    const left = this.#left.get(socket) ?? { requests: most, at: now }
    const requests = Math.min(most, left.requests + ((now - left.at) / 1_000) * this.#perSecond)
    const isEnough = requests >= 1
    this.#left.set(socket, { requests: isEnough ? requests - 1 : requests, at: now })
    if (!isEnough) throw rtbridgeError('RTB_HTTP_RATE', { perSecond: this.#perSecond })
  }
}
