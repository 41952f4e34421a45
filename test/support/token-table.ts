import type { Authenticator } from '../../src/access/authenticator.ts'
import type { Identity } from '../../src/access/identity.ts'
import { openIdentity } from '../../src/access/identity.ts'
import { rtbridgeError } from '../../src/domain/errors/registry.ts'

/** An authenticator that knows a few tokens by heart, and forgets them when told. */
export class TokenTable implements Authenticator {
  readonly mode = 'key'
  readonly #identities = new Map<string, Identity>()
  readonly #revoked = new Set<string>()
  readonly #listeners = new Set<() => void>()

  /** Makes a token good for an identity; what is not said is as for nobody. */
  add(token: string, identity: Partial<Identity>): this {
    this.#identities.set(token, { ...openIdentity, credential: `key:${token}`, ...identity })
    return this
  }

  revoke(token: string): void {
    this.#revoked.add(`key:${token}`)
    for (const listener of [...this.#listeners]) listener()
  }

  authenticate(token: string): Promise<Identity> {
    const identity = this.#identities.get(token)
    if (identity === undefined || this.isRevoked(identity)) {
      return Promise.reject(rtbridgeError('RTB_AUTH_REQUIRED', {}))
    }
    return Promise.resolve(identity)
  }

  isRevoked({ credential }: Identity): boolean {
    return credential !== null && this.#revoked.has(credential)
  }

  onRevoked(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
