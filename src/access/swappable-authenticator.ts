import type { OpenedAuthenticator } from './create-authenticator.ts'
import type { CredentialBasis, Standing } from './credential-basis.ts'
import { standingOf } from './credential-basis.ts'
import type { Identity } from './identity.ts'
import { refusal } from './refusal.ts'

/** An authenticator, and what its identities are made from. */
export interface Generation {
  readonly authenticator: OpenedAuthenticator
  readonly basis: CredentialBasis
}

/** An authenticator that can be exchanged while it is in use. The mode stays. */
export class SwappableAuthenticator implements OpenedAuthenticator {
  readonly mode: OpenedAuthenticator['mode']
  /** Of admins in the dashboard: they outlive what is exchanged, unless the admin who made the link does not. */
  readonly sessions: OpenedAuthenticator['sessions']
  #current: Generation
  /** What an identity was made from; nothing for those that nobody authenticated. */
  readonly #madeFrom = new WeakMap<Identity, CredentialBasis>()

  constructor(first: Generation) {
    this.#current = first
    this.mode = first.authenticator.mode
    this.sessions = first.authenticator.sessions
  }

  get isAssumed(): boolean {
    return this.#current.authenticator.isAssumed
  }

  get allowTokenInUrl(): boolean {
    return this.#current.authenticator.allowTokenInUrl
  }

  get tickets(): OpenedAuthenticator['tickets'] {
    return this.#current.authenticator.tickets
  }

  async authenticate(token: string, address: string): Promise<Identity> {
    const admin = this.sessions.find(token)
    if (admin !== null) return this.#requireIssuer(admin)
    const { authenticator, basis } = this.#current
    const identity = await authenticator.authenticate(token, address)
    // It was exchanged meanwhile: what counts is what the new one says.
    if (this.#current.authenticator !== authenticator) return this.authenticate(token, address)
    this.#madeFrom.set(identity, basis)
    return identity
  }

  /** Also of a key that is not in the configuration any more, and of an admin who has signed out. */
  isRevoked(identity: Identity): boolean {
    if (this.sessions.hasEnded(identity)) return true
    const answerable = this.sessions.answerableFor(identity)
    return this.#current.authenticator.isRevoked(answerable) || this.standingOf(identity) === 'gone'
  }

  /** How an identity stands by what is in force now. */
  standingOf(identity: Identity): Standing {
    const answerable = this.sessions.answerableFor(identity)
    const before = this.#madeFrom.get(answerable)
    return before === undefined ? 'same' : standingOf(answerable, before, this.#current.basis)
  }

  /** What is revoked is one list for all that take each other's place. */
  onRevoked(listener: () => void): () => void {
    const stop = this.#current.authenticator.onRevoked(listener)
    const stopSessions = this.sessions.onEnd(listener)
    return () => {
      stop()
      stopSessions()
    }
  }

  /** Puts another one in its place, and closes the one that was there. Tickets of that one are worth nothing any more. */
  replace(next: Generation): void {
    this.#current.authenticator.close()
    this.#current = next
  }

  close(): void {
    this.#current.authenticator.close()
  }

  /** What an admin let in goes with him, also when he has other rights now. */
  #requireIssuer(admin: Identity): Identity {
    if (this.isRevoked(admin) || this.standingOf(admin) !== 'same') {
      throw refusal('RTB_AUTH_REVOKED', 'the admin who made its link is none any more')
    }
    return admin
  }
}
