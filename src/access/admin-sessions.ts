import { createHash, randomBytes } from 'node:crypto'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { Identity } from './identity.ts'
import { refusal } from './refusal.ts'
import type { Ticket, TicketOffice } from './ticket-office.ts'

/** A session of the dashboard begins with this, so that it is never taken for a key or a JWT. */
export const sessionPrefix = 'rtbs_'

/** How long the dashboard stays open with one link, ms. */
export const sessionMs = 12 * 3_600_000

/** Sessions that can be open; of more the oldest ends. */
const maxSessions = 100

/** Who came with a link: an admin without a name. */
const linkHolder: Identity = {
  user: null,
  roles: ['admin'],
  tenant: null,
  claims: {},
  expiresAt: null,
  credential: null,
}

/** What the page shows from then on, as it would show a key. */
export interface AdminSession {
  readonly token: string
  /** Ms since the epoch. */
  readonly expiresAt: number
}

export interface AdminSessionsOptions {
  /** Keeps the links; each is good once. */
  readonly links: TicketOffice
  /** Ms since the epoch. */
  readonly now: () => number
}

/**
 * Lets an admin into the dashboard without a key: a link that is good once becomes a session of twelve hours. Both are
 * kept in memory, at this hub only, and end with it, or when their admin signs out. What an admin made for somebody else, or
 * for himself, lasts no longer than what he showed when he made it.
 */
export class AdminSessions {
  readonly #links: TicketOffice
  readonly #now: () => number
  /** Whose each is, by the hash of its token; the oldest first. */
  readonly #sessions = new Map<string, Identity & { readonly expiresAt: number }>()
  /** Who made the link behind a session. */
  readonly #issuers = new WeakMap<Identity, Identity>()
  readonly #ended = new WeakSet<Identity>()
  readonly #listeners = new Set<() => void>()

  constructor({ links, now }: AdminSessionsOptions) {
    this.#links = links
    this.#now = now
  }

  /**
   * @param issuer who asks for it; default the hub itself, at a terminal
   * @throws RTB_AUTH_TICKETS when too many links of his wait to be used
   */
  issueLink(issuer: Identity = linkHolder): Ticket {
    return this.#links.issue(issuer)
  }

  /** Who answers for an identity: of a session whoever made the first link that led to it, of every other that one itself. */
  answerableFor(identity: Identity): Identity {
    let first = identity
    for (const issuer of this.#issuersOf(identity)) first = issuer
    return first
  }

  /** True for a session that was ended, and for those of links made in it; false for whoever is none of a session. */
  hasEnded(identity: Identity): boolean {
    if (this.#ended.has(identity)) return true
    for (const issuer of this.#issuersOf(identity)) if (this.#ended.has(issuer)) return true
    return false
  }

  /**
   * Ends a session, and those of links made in it: their tokens are worth nothing any more.
   * @returns false when it is none of a session
   */
  end(holder: Identity): boolean {
    if (!this.#issuers.has(holder)) return false
    this.#ended.add(holder)
    for (const [hash, other] of this.#sessions) if (this.hasEnded(other)) this.#sessions.delete(hash)
    for (const listener of this.#listeners) listener()
    return true
  }

  /** Calls `listener` after sessions were ended. @returns stops it */
  onEnd(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Takes a link.
   * @throws RTB_AUTH_INVALID RTB_AUTH_EXPIRED RTB_AUTH_REVOKED RTB_AUTH_ATTEMPTS
   */
  open(link: string, address: string): AdminSession {
    const issuer = this.#links.redeem(link, address)
    if (this.hasEnded(issuer)) throw refusal('RTB_AUTH_REVOKED', 'who made the link has signed out')
    const [oldest] = this.#sessions.values()
    if (oldest !== undefined && this.#sessions.size >= maxSessions) this.end(oldest)
    const token = `${sessionPrefix}${randomBytes(32).toString('base64url')}`
    const expiresAt = Math.min(this.#now() + sessionMs, issuer.expiresAt ?? Number.POSITIVE_INFINITY)
    const holder = { ...linkHolder, expiresAt }
    this.#sessions.set(hashOf(token), holder)
    this.#issuers.set(holder, issuer)
    return { token, expiresAt }
  }

  /**
   * Who shows a token.
   * @returns null when it is none of a session
   * @throws RTB_AUTH_INVALID RTB_AUTH_EXPIRED
   */
  find(token: string): Identity | null {
    if (!token.startsWith(sessionPrefix) || token.length > 100) return null
    const hash = hashOf(token)
    const holder = this.#sessions.get(hash)
    if (holder === undefined) throw rtbridgeError('RTB_AUTH_INVALID', {})
    if (holder.expiresAt > this.#now()) return holder
    this.#sessions.delete(hash)
    throw rtbridgeError('RTB_AUTH_EXPIRED', {})
  }

  /** Who made the link behind a session, who made the one behind his, and so on. */
  *#issuersOf(identity: Identity): Generator<Identity> {
    for (let issuer = this.#issuers.get(identity); issuer !== undefined; issuer = this.#issuers.get(issuer)) {
      yield issuer
    }
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64')
}
