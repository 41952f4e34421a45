import type { AuthMode } from '../domain/auth-settings.ts'
import type { Identity } from './identity.ts'
import { openIdentity } from './identity.ts'

export type { AuthMode } from '../domain/auth-settings.ts'

/** Longest token, characters; those of large companies with all their groups stay below half of it. */
export const maxTokenLength = 8_192

/** Tells who somebody is by what he shows. */
export interface Authenticator {
  readonly mode: AuthMode
  /**
   * Checks a token (a key, a JWT).
   * @param address where it came from; too many failures of one address are refused without a look
   * @throws RTB_AUTH_*
   */
  authenticate(token: string, address: string): Promise<Identity>
  /** Whether what an identity was made from has been taken back since. */
  isRevoked(identity: Identity): boolean
  /** Calls `listener` after each change of what is revoked. @returns stops it */
  onRevoked(listener: () => void): () => void
}

/** Lets everybody in, as nobody. */
export const openAuthenticator: Authenticator = {
  mode: 'open',
  authenticate: () => Promise.resolve(openIdentity),
  isRevoked: () => false,
  onRevoked: () => () => {},
}
