import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { SharedKey } from '../domain/auth-settings.ts'
import type { Identity } from './identity.ts'

/** Every key begins with this, so that it is recognised where it should not be: in a repository, in a log. */
export const keyPrefix = 'rtb_'

/**
 * Makes a key: 256 random bits. Nobody guesses these, so a fast hash keeps them as safe as a slow one would, and a wrong
 * key costs the hub a microsecond. (A password that a person chose would need a slow one; there are none here.)
 */
export function createKey(): string {
  return keyPrefix + randomBytes(32).toString('base64url')
}

/** The hash that stands in the configuration. */
export function hashKey(key: string): string {
  return `sha256:${digest(key).toString('hex')}`
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest()
}

/**
 * Makes the look-up of keys. It takes the same time whichever key fits, and if none does.
 * @returns whose key it is; null when it is nobody's
 */
export function createKeyLookup(keys: readonly SharedKey[]): (token: string) => Identity | null {
  const known = keys.map(key => ({
    hash: Buffer.from(key.hash.slice('sha256:'.length), 'hex'),
    identity: identityOf(key),
  }))
  return token => {
    const given = digest(token)
    let found: Identity | null = null
    for (const { hash, identity } of known) {
      if (hash.length === given.length && timingSafeEqual(hash, given)) found = identity
    }
    return found
  }
}

function identityOf({ name, user, roles, tenant }: SharedKey): Identity {
  return { user, roles, tenant, claims: {}, expiresAt: null, credential: `key:${name}` }
}
