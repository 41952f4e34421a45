import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose'
import { createJwtVerifier } from '../../../src/access/jwt/jwt-verifier.ts'
import type { KeySet } from '../../../src/access/jwt/remote-keys.ts'
import type { VerificationKey } from '../../../src/access/jwt/verification-key.ts'
import { reasonOf } from '../../../src/access/refusal.ts'
import type { JwtSettings } from '../../../src/domain/auth-settings.ts'
import { RtbridgeError } from '../../../src/domain/errors/registry.ts'

/** The moment the tests play at: 2026-01-01, in ms. */
export const now = Date.UTC(2026, 0, 1)
export const nowSeconds = now / 1_000

export const settings: JwtSettings = {
  source: { kind: 'secret', secret: '' },
  algorithms: null,
  issuers: ['https://issuer.test'],
  audiences: ['rtbridge'],
  allowNoExpiry: false,
  clockToleranceMs: 30_000,
  claims: { user: 'sub', roles: 'realm_access.roles', tenant: 'tid' },
}

/** What a good token says. */
export const goodClaims: JWTPayload = {
  iss: 'https://issuer.test',
  aud: 'rtbridge',
  sub: 'amira',
  exp: nowSeconds + 3_600,
  iat: nowSeconds,
  jti: 'token-1',
  tid: 'garage',
  realm_access: { roles: ['clerk', 'driver'] },
}

/** Keys that never change. */
export function fixedKeys(...keys: readonly VerificationKey[]): KeySet {
  return { read: async () => keys, lookAgain: async () => keys, close: () => {} }
}

/** A verifier as the hub has it. */
export function verifierOf(keys: KeySet, changes: Partial<JwtSettings> = {}) {
  return createJwtVerifier({ ...settings, ...changes }, keys, () => now)
}

/** Signs with whatever header and claims a test wants. */
export function sign(
  key: KeyObject,
  header: JWTHeaderParameters,
  claims: JWTPayload = goodClaims,
): Promise<string> {
  return new SignJWT(claims).setProtectedHeader(header).sign(key)
}

/** How a token fared: `accepted`, or code and reason. */
export async function outcome(check: Promise<unknown>): Promise<string> {
  try {
    await check
    return 'accepted'
  } catch (error) {
    if (!(error instanceof RtbridgeError)) throw error
    return `${error.code}: ${reasonOf(error)}`
  }
}

/** A pair of keys, made once per run of a file. */
export function ecPair(namedCurve = 'P-256'): { privateKey: KeyObject; publicPem: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
  return { privateKey, publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString() }
}

export function rsaPair(modulusLength = 2_048): { privateKey: KeyObject; publicPem: string } {
  const pair = generateKeyPairSync('rsa', { modulusLength })
  const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' })
  return {
    privateKey: createPrivateKey(pem),
    publicPem: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  }
}

/** The unsigned parts of a token, put together by hand. */
export function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
