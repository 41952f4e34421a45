import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { type JwtAlgorithm, jwtAlgorithms } from '../../domain/auth-settings.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'

/** A key that tokens are checked with, and what it may be used for: its kind decides, never the token. */
export interface VerificationKey {
  readonly key: KeyObject
  /** By which a token may choose it among several; null = it has no name. */
  readonly id: string | null
  readonly algorithms: readonly JwtAlgorithm[]
}

/** RFC 7518 §3.3 and §3.5. */
const minRsaBits = 2_048
const curveAlgorithms: Readonly<Record<string, readonly JwtAlgorithm[]>> = {
  prime256v1: ['ES256'],
  secp384r1: ['ES384'],
  secp521r1: ['ES512'],
}
const rsaAlgorithms = jwtAlgorithms.filter(name => name.startsWith('RS') || name.startsWith('PS'))
/** A secret must be as long as the hash, bytes (RFC 7518 §3.2). */
const secretBytes: Readonly<Partial<Record<JwtAlgorithm, number>>> = { HS256: 32, HS384: 48, HS512: 64 }

/**
 * A secret shared with whoever issues tokens.
 * @param source names it in errors
 * @param secret text, used as UTF-8, or `base64:…`
 * @throws RTB_AUTH_KEY_UNUSABLE
 */
export function secretKey(source: string, secret: string): VerificationKey {
  const bytes = secret.startsWith('base64:')
    ? Buffer.from(secret.slice('base64:'.length), 'base64')
    : Buffer.from(secret, 'utf8')
  const algorithms = jwtAlgorithms.filter(
    name => bytes.length >= (secretBytes[name] ?? Number.POSITIVE_INFINITY),
  )
  if (algorithms.length === 0) {
    const problem = `a secret has at least 32 bytes, this one ${bytes.length}`
    throw rtbridgeError('RTB_AUTH_KEY_UNUSABLE', { source, problem })
  }
  return { key: createSecretKey(bytes), id: null, algorithms }
}

/**
 * The public key of a PEM text.
 * @param source names it in errors
 * @throws RTB_AUTH_KEY_UNUSABLE for anything else, a private key too: it has no business on a hub
 */
export function publicKeyOfPem(source: string, pem: string): VerificationKey {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) {
    const problem = 'it is a private key, which only the issuer of tokens may have'
    throw rtbridgeError('RTB_AUTH_KEY_UNUSABLE', { source, problem })
  }
  let key: KeyObject
  try {
    key = createPublicKey(pem)
  } catch (error) {
    throw rtbridgeError('RTB_AUTH_KEY_UNUSABLE', { source, problem: 'it holds no public key in PEM' }, error)
  }
  const algorithms = algorithmsOf(key)
  if (algorithms.length === 0) {
    throw rtbridgeError('RTB_AUTH_KEY_UNUSABLE', {
      source,
      problem: `no token can be signed with ${nameOf(key)}`,
    })
  }
  return { key, id: null, algorithms }
}

/** The signatures a public key can check; empty for a key that is too short or of another kind. */
export function algorithmsOf(key: KeyObject): readonly JwtAlgorithm[] {
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {}
  if (key.asymmetricKeyType === 'rsa') return modulusLength < minRsaBits ? [] : rsaAlgorithms
  if (key.asymmetricKeyType === 'ec') return curveAlgorithms[namedCurve] ?? []
  return key.asymmetricKeyType === 'ed25519' ? ['EdDSA'] : []
}

function nameOf(key: KeyObject): string {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {}
  return [`a key of kind ${key.asymmetricKeyType}`, namedCurve, modulusLength && `of ${modulusLength} bits`]
    .filter(Boolean)
    .join(' ')
}

/** Most keys of a set that are looked at. */
const maxKeys = 100

/**
 * The keys of a JWKS that can check tokens; others (for encryption, shared secrets, too short, unknown kinds) are left
 * out, as RFC 7517 §5 asks.
 * @param source names it in errors
 * @throws RTB_AUTH_KEY_UNUSABLE when it is no JWKS, or nothing is left
 */
export function keysOfJwks(source: string, text: string): readonly VerificationKey[] {
  const unusable = (problem: string) => rtbridgeError('RTB_AUTH_KEY_UNUSABLE', { source, problem })
  let set: unknown
  try {
    set = JSON.parse(text)
  } catch {
    throw unusable('it is not JSON')
  }
  const list = typeof set === 'object' && set !== null ? (set as { keys?: unknown }).keys : null
  if (!Array.isArray(list)) throw unusable('it is no JWKS: an object with a list `keys`')
  if (list.length > maxKeys) throw unusable(`it has ${list.length} keys, more than ${maxKeys}`)
  const keys = list.map(keyOfJwk).filter(key => key !== null)
  if (keys.length === 0) throw unusable('it holds no public key that can check a signature')
  return keys
}

interface Jwk extends JsonWebKey {
  readonly kid?: unknown
  readonly alg?: unknown
  readonly use?: unknown
  readonly key_ops?: unknown
}

function keyOfJwk(found: unknown): VerificationKey | null {
  if (typeof found !== 'object' || found === null) return null
  const jwk = found as Jwk
  if (jwk.use !== undefined && jwk.use !== 'sig') return null
  if (Array.isArray(jwk.key_ops) && !jwk.key_ops.includes('verify')) return null
  const key = importJwk(jwk)
  if (key === null) return null
  const algorithms = algorithmsOf(key).filter(
    // RFC 9864 names the one kind of EdDSA there is.
    name => jwk.alg === undefined || jwk.alg === name || (name === 'EdDSA' && jwk.alg === 'Ed25519'),
  )
  return algorithms.length === 0
    ? null
    : { key, id: typeof jwk.kid === 'string' ? jwk.kid : null, algorithms }
}

function importJwk({ kty, crv, n, e, x, y }: Jwk): KeyObject | null {
  try {
    // Only the public parts: a set that leaked its private ones, or that holds secrets (`oct`), makes nothing else of it.
    const parts = Object.entries({ kty, crv, n, e, x, y }).filter(([, value]) => value !== undefined)
    return createPublicKey({ key: Object.fromEntries(parts) as JsonWebKey, format: 'jwk' })
  } catch {
    return null
  }
}
