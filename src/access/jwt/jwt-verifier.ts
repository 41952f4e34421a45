import { decodeProtectedHeader, errors, jwtVerify, type ProtectedHeaderParameters } from 'jose'
import { type JwtAlgorithm, type JwtSettings, jwtAlgorithms } from '../../domain/auth-settings.ts'
import type { RtbridgeError } from '../../domain/errors/registry.ts'
import { maxTokenLength } from '../authenticator.ts'
import type { Identity } from '../identity.ts'
import { refusal } from '../refusal.ts'
import { type Claims, mapClaims } from './map-claims.ts'
import type { KeySet } from './remote-keys.ts'
import type { VerificationKey } from './verification-key.ts'

/** Keys that are tried for a token that names none. */
const maxTries = 8

/**
 * Checks JSON Web Tokens as RFC 8725 asks. Which key and which signature is ours to say: a token's `kid` only chooses among
 * our keys, its `alg` must be one that the key is for, and keys in its header (`jwk`, `jku`, `x5c`, `x5u`) are never
 * looked at.
 *
 * @param now ms since the epoch
 */
export function createJwtVerifier(
  settings: JwtSettings,
  keys: KeySet,
  now: () => number,
): (token: string) => Promise<Identity> {
  const allowed = settings.algorithms ?? jwtAlgorithms
  return async token => {
    if (token.length > maxTokenLength) {
      throw refusal('RTB_AUTH_INVALID', `it is longer than ${maxTokenLength} characters`)
    }
    const { kid, algorithm } = readHeader(token, allowed)
    const fits = (all: readonly VerificationKey[]) => selectKeys(all, kid, algorithm)
    let candidates = fits(await keys.read())
    if (candidates.length === 0) candidates = fits(await keys.lookAgain())
    if (candidates.length === 0) {
      throw refusal('RTB_AUTH_INVALID', `no configured key is for its \`kid\` and ${algorithm}`)
    }
    const claims = await verifyWithAny(token, candidates, optionsFor(settings, algorithm, now()))
    checkIssuedAt(claims, now() + settings.clockToleranceMs)
    return mapClaims(claims, settings)
  }
}

function readHeader(
  token: string,
  allowed: readonly JwtAlgorithm[],
): { kid: string | null; algorithm: JwtAlgorithm } {
  let header: ProtectedHeaderParameters
  try {
    header = decodeProtectedHeader(token)
  } catch {
    throw refusal('RTB_AUTH_INVALID', 'it is no JSON Web Token')
  }
  // We understand no extension, and RFC 7515 §4.1.11 has us refuse what we do not understand.
  if (header.crit !== undefined) throw refusal('RTB_AUTH_INVALID', 'it has a `crit` header')
  // RFC 9864 calls EdDSA by its curve.
  const name = header.alg === 'Ed25519' ? 'EdDSA' : header.alg
  const algorithm = allowed.find(one => one === name)
  if (algorithm === undefined) throw refusal('RTB_AUTH_INVALID', 'its `alg` is not an allowed one')
  if (header.kid !== undefined && typeof header.kid !== 'string') {
    throw refusal('RTB_AUTH_INVALID', 'its `kid` is no text')
  }
  return { kid: header.kid ?? null, algorithm }
}

/** A key without a name fits every token: a PEM file or a secret is the only one there is. */
function selectKeys(
  keys: readonly VerificationKey[],
  kid: string | null,
  algorithm: JwtAlgorithm,
): readonly VerificationKey[] {
  const suited = keys.filter(({ algorithms }) => algorithms.includes(algorithm))
  return suited.filter(({ id }) => kid === null || id === null || id === kid).slice(0, maxTries)
}

type VerifyOptions = NonNullable<Parameters<typeof jwtVerify>[2]>

function optionsFor(settings: JwtSettings, algorithm: JwtAlgorithm, now: number): VerifyOptions {
  return {
    algorithms: algorithm === 'EdDSA' ? ['EdDSA', 'Ed25519'] : [algorithm],
    ...(settings.issuers === null ? {} : { issuer: [...settings.issuers] }),
    ...(settings.audiences === null ? {} : { audience: [...settings.audiences] }),
    requiredClaims: settings.allowNoExpiry ? [] : ['exp'],
    clockTolerance: settings.clockToleranceMs / 1_000,
    currentDate: new Date(now),
  }
}

async function verifyWithAny(
  token: string,
  keys: readonly VerificationKey[],
  options: VerifyOptions,
): Promise<Claims> {
  for (const { key } of keys) {
    try {
      return (await jwtVerify(token, key, options)).payload
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw toRefusal(error)
    }
  }
  throw refusal('RTB_AUTH_INVALID', 'its signature is not of a configured key')
}

/** Of what jose says, only names of claims and codes: the rest could hold what the token does. */
function toRefusal(error: unknown): RtbridgeError {
  if (error instanceof errors.JWTExpired) return refusal('RTB_AUTH_EXPIRED', 'it has expired (`exp`)')
  if (error instanceof errors.JWTClaimValidationFailed) {
    const problem = error.reason === 'missing' ? 'is missing' : 'is not what is asked for'
    return refusal('RTB_AUTH_INVALID', `its claim \`${error.claim}\` ${problem}`)
  }
  const code = error instanceof errors.JOSEError ? error.code : 'unknown'
  return refusal('RTB_AUTH_INVALID', `it is no JSON Web Token that can be read (${code})`)
}

/** A token of the future would outlive the revocation of all its user has. */
function checkIssuedAt({ iat }: Claims, latest: number): void {
  if (typeof iat === 'number' && iat * 1_000 > latest) {
    throw refusal('RTB_AUTH_INVALID', 'its claim `iat` is in the future')
  }
}
