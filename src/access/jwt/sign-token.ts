import { createPrivateKey, type KeyObject, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import type { JwtAlgorithm, JwtSettings } from '../../domain/auth-settings.ts'
import { jwtAlgorithms } from '../../domain/auth-settings.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import { algorithmsOf, secretKey } from './verification-key.ts'

/** A key that signs tokens, and how. */
export interface SigningKey {
  readonly key: KeyObject
  readonly algorithms: readonly JwtAlgorithm[]
}

/** What a token says. */
export interface TokenContent {
  readonly user: string
  readonly roles: readonly string[]
  readonly tenant: string | null
  /** Ms since the epoch; tokens count whole seconds. */
  readonly issuedAt: number
  readonly expiresAt: number
}

export interface SignedToken {
  readonly token: string
  /** By which it can be revoked. */
  readonly jti: string
}

/**
 * The private key of a PEM text.
 * @throws RTB_TOKEN_KEY
 */
export function privateKeyOfPem(pem: string): SigningKey {
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch (error) {
    throw rtbridgeError(
      'RTB_TOKEN_KEY',
      { problem: 'the file holds no private key in PEM without a password' },
      error,
    )
  }
  return { key, algorithms: algorithmsOf(key) }
}

/** A secret as a key that signs. @throws RTB_AUTH_KEY_UNUSABLE */
export function signingSecret(secret: string): SigningKey {
  return secretKey('auth.jwt.secret', secret)
}

/**
 * Signs a token with the issuer, the audience and the claims that a hub with these settings expects.
 * @param wanted the algorithm; null = the first that the key and the settings allow
 * @throws RTB_TOKEN_KEY
 */
export async function signToken(
  content: TokenContent,
  settings: Pick<JwtSettings, 'issuers' | 'audiences' | 'claims' | 'algorithms'>,
  by: SigningKey & { readonly wanted: string | null; readonly keyId: string | null },
): Promise<SignedToken> {
  const allowed = by.algorithms.filter(name => settings.algorithms?.includes(name) ?? true)
  const algorithm = by.wanted === null ? allowed[0] : allowed.find(name => name === by.wanted)
  if (algorithm === undefined) {
    const ours = jwtAlgorithms.some(name => name === by.wanted) ? `${by.wanted} is` : 'this algorithm is'
    const problem =
      by.wanted === null ? 'the key is for no algorithm that auth.jwt allows' : `${ours} not for this key`
    throw rtbridgeError('RTB_TOKEN_KEY', { problem })
  }
  const jti = randomUUID()
  const token = new SignJWT({ ...claimsOf(content, settings), jti })
    .setProtectedHeader({ alg: algorithm, typ: 'JWT', ...(by.keyId === null ? {} : { kid: by.keyId }) })
    .setIssuedAt(Math.floor(content.issuedAt / 1_000))
    .setExpirationTime(Math.floor(content.expiresAt / 1_000))
  const [issuer] = settings.issuers ?? []
  const [audience] = settings.audiences ?? []
  if (issuer !== undefined) token.setIssuer(issuer)
  if (audience !== undefined) token.setAudience(audience)
  return { token: await token.sign(by.key), jti }
}

function claimsOf(
  { user, roles, tenant }: TokenContent,
  { claims }: Pick<JwtSettings, 'claims'>,
): Record<string, unknown> {
  const made: Record<string, unknown> = {}
  put(made, claims.user, user)
  put(made, claims.roles, roles)
  if (claims.tenant !== null && tenant !== null) put(made, claims.tenant, tenant)
  return made
}

/** A name with a colon is an URL, whose dots part nothing. */
function put(into: Record<string, unknown>, path: string, value: unknown): void {
  const names = path.includes(':') ? [path] : path.split('.')
  const last = names.pop() ?? path
  let at = into
  for (const name of names) {
    const inner = Object.hasOwn(at, name) ? at[name] : null
    const next = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : {}
    Object.defineProperty(at, name, { value: next, enumerable: true, configurable: true, writable: true })
    at = next
  }
  Object.defineProperty(at, last, { value, enumerable: true, configurable: true, writable: true })
}
