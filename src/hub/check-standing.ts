import type { Authenticator } from '../access/authenticator.ts'
import type { Identity } from '../access/identity.ts'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { Clock } from './clock.ts'

/**
 * Whether somebody without a connection still is who he showed himself to be: his request may have taken its time, and
 * nobody ends it when his sign-in ends.
 *
 * @throws RTB_AUTH_EXPIRED RTB_AUTH_REVOKED
 */
export function checkStanding(
  { authenticator, clock }: { readonly authenticator: Authenticator; readonly clock: Clock },
  identity: Identity,
): void {
  if (identity.expiresAt !== null && clock.now() >= identity.expiresAt) {
    throw rtbridgeError('RTB_AUTH_EXPIRED', {})
  }
  if (authenticator.isRevoked(identity)) throw rtbridgeError('RTB_AUTH_REVOKED', {})
}
