import { burstSeconds, TokenBucket } from '../../domain/token-bucket.ts'
import { countedAddress } from './address-list.ts'

interface Count {
  connections: number
  readonly handshakes: TokenBucket
}

/** Addresses that are gone and quiet are forgotten at most so often, ms. */
const sweepEveryMs = 1_000

/** What each address has open, and how often it came. What it remembers is bounded by how often anybody may come. */
export class AddressCounts {
  readonly #perSecond: number
  readonly #counts = new Map<string, Count>()
  #sweptAt = 0

  /** @param perSecond handshakes of one address */
  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  get size(): number {
    return this.#counts.size
  }

  connectionsOf(address: string): number {
    return this.#counts.get(countedAddress(address))?.connections ?? 0
  }

  /** @returns 0, or how long the address has to wait, ms */
  takeHandshake(address: string, now: number): number {
    return this.#countOf(address, now).handshakes.take(1, now)
  }

  enter(address: string, now: number): void {
    this.#sweep(now)
    this.#countOf(address, now).connections++
  }

  leave(address: string): void {
    const count = this.#counts.get(countedAddress(address))
    if (count !== undefined) count.connections--
  }

  #countOf(address: string, now: number): Count {
    const key = countedAddress(address)
    let count = this.#counts.get(key)
    if (count === undefined) {
      const handshakes = new TokenBucket(this.#perSecond, this.#perSecond * burstSeconds, now)
      count = { connections: 0, handshakes }
      this.#counts.set(key, count)
    }
    return count
  }

  #sweep(now: number): void {
    if (now - this.#sweptAt < sweepEveryMs) return
    this.#sweptAt = now
    for (const [key, { connections, handshakes }] of this.#counts) {
      if (connections === 0 && handshakes.isFull(now)) this.#counts.delete(key)
    }
  }
}
