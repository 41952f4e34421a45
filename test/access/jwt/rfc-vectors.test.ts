import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createJwtVerifier } from '../../../src/access/jwt/jwt-verifier.ts'
import { keysOfJwks, secretKey, type VerificationKey } from '../../../src/access/jwt/verification-key.ts'
import type { JwtSettings } from '../../../src/domain/auth-settings.ts'
import { fixedKeys, outcome, settings } from './open-verifier.ts'

interface Vector {
  readonly name: string
  readonly token: string
  /** Whether what is signed is a set of claims; else only the signature can be looked at. */
  readonly isJson: boolean
  readonly secret?: string
  readonly jwk?: object
}

const { signed, unsecured } = JSON.parse(
  readFileSync(new URL('fixtures/jws-vectors.json', import.meta.url), 'utf8'),
) as { signed: readonly Vector[]; unsecured: Vector }

/** The claims of RFC 7515: `iss` joe, `exp` 1300819380, nothing else. */
const rfcSettings: JwtSettings = {
  ...settings,
  issuers: ['joe'],
  audiences: null,
  claims: { user: 'iss', roles: 'roles', tenant: null },
}
const beforeItsEnd = 1_300_819_000_000

function keyOf({ secret, jwk }: Vector): VerificationKey {
  if (secret !== undefined) return secretKey('fixture', secret)
  const [key] = keysOfJwks('fixture', JSON.stringify({ keys: [jwk] }))
  if (key === undefined) throw new Error('the fixture has a key')
  return key
}

function check(vector: Vector, token = vector.token): Promise<string> {
  const verify = createJwtVerifier(rfcSettings, fixedKeys(keyOf(vector)), () => beforeItsEnd)
  return outcome(verify(token))
}

const unreadable = 'RTB_AUTH_INVALID: it is no JSON Web Token that can be read (ERR_JWT_INVALID)'

describe.each(signed)('$name', vector => {
  test('has a signature that is recognised', async () => {
    // The last three sign no claims: there a good signature leads on to the complaint about that.
    expect(await check(vector)).toBe(vector.isJson ? 'accepted' : unreadable)
  })

  test('is refused when one bit of the signature differs', async () => {
    const [header, payload, signature = ''] = vector.token.split('.')
    const bytes = Buffer.from(signature, 'base64url')
    bytes[3] = (bytes[3] ?? 0) ^ 1
    const forged = [header, payload, bytes.toString('base64url')].join('.')
    expect(await check(vector, forged)).toBe('RTB_AUTH_INVALID: its signature is not of a configured key')
  })

  test('is refused by the keys of the others', async () => {
    for (const other of signed.filter(({ name }) => name !== vector.name)) {
      expect(await check(other, vector.token)).toMatch(/^RTB_AUTH_INVALID: (no configured key|its signature)/)
    }
  })
})

test('RFC 7515 A.5, which has no signature, is refused by every key', async () => {
  for (const vector of signed) {
    expect(await check(vector, unsecured.token)).toBe('RTB_AUTH_INVALID: its `alg` is not an allowed one')
  }
})
