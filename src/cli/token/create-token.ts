import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import {
  privateKeyOfPem,
  type SignedToken,
  type SigningKey,
  signingSecret,
  signToken,
} from '../../access/jwt/sign-token.ts'
import type { JwtSettings } from '../../domain/auth-settings.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import { parseExpiry } from './parse-expiry.ts'

export interface TokenRequest {
  readonly user: string
  readonly roles: readonly string[]
  readonly tenant: string | null
  /** A duration, as people write it. */
  readonly expires: string
  readonly privateKeyFile: string | null
  readonly algorithm: string | null
  readonly keyId: string | null
  /** Where a relative path starts. */
  readonly cwd: string
}

/**
 * Signs a token that a hub with these settings accepts.
 * @throws RTB_TOKEN_KEY, RTB_COMMAND_USAGE, RTB_AUTH_KEY_UNUSABLE
 */
export async function createToken(
  settings: JwtSettings | null,
  request: TokenRequest,
): Promise<SignedToken & { readonly expiresAt: number }> {
  if (settings === null) throw rtbridgeError('RTB_TOKEN_KEY', { problem: 'rtbridge.yaml has no auth.jwt' })
  const validMs = parseExpiry(request.expires, 'rtbridge token create')
  if (request.tenant !== null && settings.claims.tenant === null) {
    throw rtbridgeError('RTB_TOKEN_KEY', { problem: 'auth.jwt.claims names no claim for the tenant' })
  }
  const issuedAt = Date.now()
  const content = { ...request, issuedAt, expiresAt: issuedAt + validMs }
  const key = await readSigningKey(settings, request)
  const by = { ...key, wanted: request.algorithm, keyId: request.keyId }
  return { ...(await signToken(content, settings, by)), expiresAt: content.expiresAt }
}

async function readSigningKey(
  { source }: JwtSettings,
  { privateKeyFile, cwd }: TokenRequest,
): Promise<SigningKey> {
  if (privateKeyFile !== null) return privateKeyOfPem(await read(resolve(cwd, privateKeyFile)))
  if (source.kind === 'secret') return signingSecret(source.secret)
  if (source.kind === 'secret_file') return signingSecret((await read(source.path)).replace(/\r?\n$/, ''))
  throw rtbridgeError('RTB_TOKEN_KEY', { problem: 'a hub only knows the public key' })
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw rtbridgeError('RTB_TOKEN_KEY', { problem: `${path} cannot be read` }, error)
  }
}
