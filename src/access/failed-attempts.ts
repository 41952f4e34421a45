import { isIPv6 } from 'node:net'
import { rtbridgeError } from '../domain/errors/registry.ts'

export interface FailedAttemptsOptions {
  /** Failures of one address within a minute; at the next it is refused without a look. */
  readonly limit: number
  /** Ms, rising. */
  readonly now: () => number
  /** Whether an address stands for many: one of them must not lock the others out. Default: none does. */
  readonly isShared?: (address: string) => boolean
  /** Addresses remembered; default 10,000. The one that failed longest ago is forgotten first. */
  readonly maxAddresses?: number
}

const windowMs = 60_000

interface Failures {
  count: number
  readonly since: number
}

/** Counts wrong tokens by address, so that guessing takes for ever. Its memory is bounded. */
export class FailedAttempts {
  readonly #options: FailedAttemptsOptions
  readonly #failures = new Map<string, Failures>()

  constructor(options: FailedAttemptsOptions) {
    this.#options = options
  }

  /** Addresses remembered. */
  get size(): number {
    return this.#failures.size
  }

  /** @throws RTB_AUTH_ATTEMPTS when the address has failed too often */
  check(address: string): void {
    const { limit, now, isShared } = this.#options
    if (isShared?.(address) === true) return
    const network = networkOf(address)
    const failures = this.#failures.get(network)
    if (failures === undefined) return
    const restMs = failures.since + windowMs - now()
    if (restMs <= 0) this.#failures.delete(network)
    else if (failures.count >= limit) throw rtbridgeError('RTB_AUTH_ATTEMPTS', { retryMs: Math.ceil(restMs) })
  }

  /** Counts a failure. */
  add(address: string): void {
    const { now, maxAddresses = 10_000 } = this.#options
    const network = networkOf(address)
    const failures = this.#failures.get(network)
    if (failures !== undefined && now() < failures.since + windowMs) {
      failures.count++
      return
    }
    this.#failures.delete(network)
    this.#failures.set(network, { count: 1, since: now() })
    // A map keeps the order in which its entries came: the first began to fail longest ago.
    const [oldest] = this.#failures.keys()
    if (this.#failures.size > maxAddresses && oldest !== undefined) this.#failures.delete(oldest)
  }
}

/**
 * What one machine can have many of counts as one: an IPv6 host chooses its lower 64 bits as it likes (RFC 8981). An
 * IPv4 address in IPv6 form is the IPv4 address.
 */
function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped !== null) return mapped[1] ?? address
  const [plain = ''] = address.split('%')
  if (!isIPv6(plain)) return address
  const [head = '', tail] = plain.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  return [...left, ...zeros, ...right]
    .slice(0, 4)
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':')
}
