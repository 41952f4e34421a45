import { createHash, randomBytes } from 'node:crypto'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { FailedAttempts } from './failed-attempts.ts'
import type { Identity } from './identity.ts'
import { refusal } from './refusal.ts'

export interface TicketOfficeOptions {
  /** Ms since the epoch. */
  readonly now: () => number
  /** Ms, rising, whatever becomes of the clock. */
  readonly uptime: () => number
  readonly isRevoked: (identity: Identity) => boolean
  readonly attempts: Pick<FailedAttempts, 'check' | 'add'>
  /** Tickets that wait to be used, of all; default 10,000. */
  readonly maxTickets?: number
  /** Tickets that wait to be used, of one credential or user; default 20. */
  readonly maxPerHolder?: number
  /** How long a ticket is good, ms; default 30 s. */
  readonly validMs?: number
}

/** A ticket, as it is handed out. */
export interface Ticket {
  readonly ticket: string
  /** It is good for so long, ms. */
  readonly validMs: number
}

const defaultValidMs = 30_000

/**
 * Gives out tickets for those who can send no header, such as a browser's EventSource: a ticket stands in the URL, where
 * it may be logged, so it opens one connection within 30 s (or `validMs`) and is nothing afterwards. Tickets are good at this hub only.
 */
export class TicketOffice {
  readonly #options: TicketOfficeOptions
  /** By the hash of the ticket: the time of a look-up says nothing about tickets. In the order they end. */
  readonly #tickets = new Map<string, { readonly identity: Identity; readonly until: number }>()
  readonly #byHolder = new Map<string, number>()

  constructor(options: TicketOfficeOptions) {
    this.#options = options
  }

  /** Tickets that wait to be used. */
  get size(): number {
    return this.#tickets.size
  }

  /** @throws RTB_AUTH_TICKETS when too many wait to be used */
  issue(identity: Identity): Ticket {
    const { uptime, maxTickets = 10_000, maxPerHolder = 20, validMs = defaultValidMs } = this.#options
    this.#forgetExpired()
    const holder = holderOf(identity)
    const held = this.#byHolder.get(holder) ?? 0
    if (held >= maxPerHolder) throw rtbridgeError('RTB_AUTH_TICKETS', { limit: maxPerHolder })
    if (this.#tickets.size >= maxTickets) throw rtbridgeError('RTB_AUTH_TICKETS', { limit: maxTickets })
    const ticket = randomBytes(32).toString('base64url')
    this.#tickets.set(hashOf(ticket), { identity, until: uptime() + validMs })
    this.#byHolder.set(holder, held + 1)
    return { ticket, validMs }
  }

  /**
   * Takes a ticket; it is good once.
   * @param address where it came from
   * @returns who it was given to
   * @throws RTB_AUTH_INVALID, RTB_AUTH_EXPIRED, RTB_AUTH_REVOKED, RTB_AUTH_ATTEMPTS
   */
  redeem(ticket: string, address: string): Identity {
    const { now, isRevoked, attempts, validMs = defaultValidMs } = this.#options
    attempts.check(address)
    this.#forgetExpired()
    const hash = ticket.length > 100 ? '' : hashOf(ticket)
    const found = this.#tickets.get(hash)
    if (found === undefined) {
      attempts.add(address)
      throw refusal(
        'RTB_AUTH_INVALID',
        `the ticket is unknown, was used, or is older than ${validMs / 1_000} s`,
      )
    }
    const { identity } = found
    this.#forget(hash, identity)
    if (isRevoked(identity)) throw refusal('RTB_AUTH_REVOKED', 'what the ticket was given for is revoked')
    if (identity.expiresAt !== null && identity.expiresAt <= now()) {
      throw refusal('RTB_AUTH_EXPIRED', 'the token that the ticket was given for has expired')
    }
    return identity
  }

  #forgetExpired(): void {
    const now = this.#options.uptime()
    for (const [hash, { identity, until }] of this.#tickets) {
      if (until > now) return
      this.#forget(hash, identity)
    }
  }

  #forget(hash: string, identity: Identity): void {
    this.#tickets.delete(hash)
    const holder = holderOf(identity)
    const held = this.#byHolder.get(holder) ?? 0
    if (held <= 1) this.#byHolder.delete(holder)
    else this.#byHolder.set(holder, held - 1)
  }
}

function hashOf(ticket: string): string {
  return createHash('sha256').update(ticket).digest('base64')
}

function holderOf({ user, tenant, credential }: Identity): string {
  return JSON.stringify(user === null ? credential : [user, tenant])
}
