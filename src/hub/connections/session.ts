import type { Authenticator } from '../../access/authenticator.ts'
import type { Identity } from '../../access/identity.ts'
import { openIdentity } from '../../access/identity.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import type { CloseCode } from '../../protocol/close-codes.ts'
import { closeCodes } from '../../protocol/close-codes.ts'
import type { Clock } from '../clock.ts'
import type { HubLimits } from '../limits.ts'

/** The connection that a session belongs to. */
export interface SessionOwner {
  /** Where the client comes from. */
  readonly remoteAddress: string
  /** Another identity of the same user has taken the place of one; called in the same tick. */
  identityChanged(before: Identity, after: Identity): void
  /** The connection must end: from here on nothing may leave. Called once. */
  sessionEnded(code: CloseCode, reason: string): void
}

interface Surroundings {
  readonly authenticator: Authenticator
  readonly clock: Clock
  /** `signInMs`: how long a connection may be without somebody who signed in. */
  readonly limits: Pick<HubLimits, 'signInMs'>
}

/** Timers hold no longer time than this, ms. */
const longestTimerMs = 2 ** 31 - 1

/** Who a connection acts for, for how long. */
export class Session {
  readonly #context: Surroundings
  readonly #owner: SessionOwner
  #identity: Identity | null
  /** Null while nothing ends it. */
  #cancelTimer: (() => void) | null = null
  #ended = false

  /** @param identity who the transport found it to be; null when it showed nothing */
  constructor(context: Surroundings, owner: SessionOwner, identity: Identity | null) {
    this.#context = context
    this.#owner = owner
    const isOpen = context.authenticator.mode === 'open'
    this.#identity = isOpen ? (identity ?? openIdentity) : identity
    this.#watch()
  }

  /** Null while nobody has signed in. */
  get identity(): Identity | null {
    return this.#identity
  }

  /** Whether something may leave for the client at this moment; if not, the connection ends. */
  holds(): boolean {
    if (this.#ended) return false
    const expiresAt = this.#identity?.expiresAt ?? null
    if (expiresAt !== null && this.#context.clock.now() >= expiresAt) this.#end(closeCodes.signInExpired)
    return !this.#ended
  }

  /**
   * Checks a token: of somebody new, or a fresh one of the same user.
   * @throws RTB_AUTH_* when it is not valid, RTB_AUTH_OTHER when it is another user's
   */
  async signIn(token: string): Promise<Identity> {
    const identity = await this.#context.authenticator.authenticate(token, this.#owner.remoteAddress)
    const current = this.#identity
    if (current !== null && current.user !== identity.user) throw rtbridgeError('RTB_AUTH_OTHER', {})
    if (!this.#ended) {
      this.#identity = identity
      this.#watch()
      if (current !== null) this.#owner.identityChanged(current, identity)
    }
    return identity
  }

  /** Ends the connection when what it signed in with has been taken back. */
  checkRevoked(): void {
    const identity = this.#identity
    if (identity !== null && this.#context.authenticator.isRevoked(identity)) {
      this.#end(closeCodes.signInRevoked)
    }
  }

  /** The connection is gone. */
  close(): void {
    this.#ended = true
    this.#cancelTimer?.()
  }

  #watch(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = null
    const { clock, limits } = this.#context
    const identity = this.#identity
    if (identity === null) {
      this.#cancelTimer = clock.after(limits.signInMs, () => this.#end(closeCodes.signInMissing))
    } else if (identity.expiresAt !== null) {
      const left = Math.min(Math.max(identity.expiresAt - clock.now(), 0), longestTimerMs)
      this.#cancelTimer = clock.after(left, () => this.holds() && this.#watch())
    }
  }

  #end(code: keyof typeof reasons): void {
    if (this.#ended) return
    this.close()
    this.#owner.sessionEnded(code, reasons[code])
  }
}

const reasons = {
  [closeCodes.signInMissing]: 'nobody signed in',
  [closeCodes.signInExpired]: 'the sign-in has expired',
  [closeCodes.signInRevoked]: 'the sign-in was taken back',
} as const satisfies Partial<Record<CloseCode, string>>
