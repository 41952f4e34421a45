import * as z from 'zod'
import { jwtAlgorithms } from '../domain/auth-settings.ts'
import type { ValueKind } from './value-kinds.ts'
import { choice, duration, onOff, text } from './value-kinds.ts'

/** What a key may say in the file. */
export interface FileKey {
  readonly name: string
  readonly hash: string
  readonly roles?: string | readonly string[]
  readonly user?: string
  readonly tenant?: string
}

/** What `auth.jwt` may say in the file. */
export interface FileJwt {
  readonly issuer?: string | readonly string[]
  readonly audience?: string | readonly string[]
  readonly algorithms?: string | readonly string[]
  readonly jwks_url?: string
  readonly jwks_file?: string
  readonly public_key_file?: string
  readonly secret?: string
  readonly secret_file?: string
  readonly claims?: { readonly user?: string; readonly roles?: string; readonly tenant?: string } | null
  readonly clock_tolerance?: string | number
  readonly allow_no_expiry?: string | boolean
}

/** What `auth` may say in the file beyond its settings. */
export interface FileAuth {
  readonly keys?: readonly FileKey[] | null
  readonly jwt?: FileJwt | null
}

type Leaf = (kind: Pick<ValueKind<unknown>, 'expected' | 'input' | 'parse'>) => z.ZodType

const keyHash: ValueKind<string> = {
  expected: 'the hash of a key, sha256: and 64 hex digits, as `rtbridge token create` prints it',
  input: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  parse: found => (typeof found === 'string' && /^sha256:[0-9a-f]{64}$/.test(found) ? found : undefined),
}
const shortName: ValueKind<string> = {
  expected: 'a name of 1 to 200 characters',
  input: z.string().max(200),
  parse: found => (typeof found === 'string' && /^[^\p{Cc}]{1,200}$/u.test(found) ? found : undefined),
}

/** Keys of the maps below `auth`, for messages about unknown ones. */
export const authKeys = {
  auth: ['keys', 'jwt'],
  key: ['name', 'hash', 'roles', 'user', 'tenant'],
  jwt: [
    'issuer',
    'audience',
    'algorithms',
    'jwks_url',
    'jwks_file',
    'public_key_file',
    'secret',
    'secret_file',
    'claims',
    'clock_tolerance',
    'allow_no_expiry',
  ],
  claims: ['user', 'roles', 'tenant'],
} as const

/** The parts of `auth` that are more than one value. */
export function authShape(leaf: Leaf): Record<string, z.ZodType> {
  const list = (kind: ValueKind<unknown>) => z.union([z.array(leaf(kind)), leaf(kind)]).optional()
  const key = z.strictObject({
    name: leaf(shortName),
    hash: leaf(keyHash),
    roles: list(shortName),
    user: leaf(shortName).optional(),
    tenant: leaf(shortName).optional(),
  })
  const claims = z.strictObject({
    user: leaf(text).optional(),
    roles: leaf(text).optional(),
    tenant: leaf(text).optional(),
  })
  const jwt = z.strictObject({
    issuer: list(text),
    audience: list(text),
    algorithms: list(choice(jwtAlgorithms)),
    jwks_url: leaf(text).optional(),
    jwks_file: leaf(text).optional(),
    public_key_file: leaf(text).optional(),
    secret: leaf(text).optional(),
    secret_file: leaf(text).optional(),
    claims: claims.nullish(),
    clock_tolerance: leaf(duration(0)).optional(),
    allow_no_expiry: leaf(onOff).optional(),
  })
  return { keys: z.array(key).nullish(), jwt: jwt.nullish() }
}
