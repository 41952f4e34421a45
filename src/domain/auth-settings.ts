/** How clients prove who they are. */
export type AuthMode = 'open' | 'key' | 'jwt'

/** A key that apps share. The hub knows its hash only. */
export interface SharedKey {
  /** Names it in logs and in `rtbridge token revoke --key`. */
  readonly name: string
  /** Who it stands for; the name when none is given. */
  readonly user: string
  readonly roles: readonly string[]
  readonly tenant: string | null
  /** `sha256:` and 64 hex digits. */
  readonly hash: string
}

/** Signatures that can be asked for. `none` is not among them. */
export const jwtAlgorithms = [
  'HS256',
  'HS384',
  'HS512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const

export type JwtAlgorithm = (typeof jwtAlgorithms)[number]

/** Where the keys that sign tokens come from. */
export type JwtKeySource =
  /** Text as UTF-8, or `base64:…`; at least as long as the hash of the algorithm. */
  | { readonly kind: 'secret'; readonly secret: string }
  /** The same in a file; a line end at its end does not count. */
  | { readonly kind: 'secret_file'; readonly path: string }
  /** PEM: a public key or a certificate. */
  | { readonly kind: 'public_key_file'; readonly path: string }
  | { readonly kind: 'jwks_file'; readonly path: string }
  | { readonly kind: 'jwks_url'; readonly url: string }

/** How JSON Web Tokens are checked. */
export interface JwtSettings {
  readonly source: JwtKeySource
  /** Null = whatever suits the key; never what a token says of itself. */
  readonly algorithms: readonly JwtAlgorithm[] | null
  /** One of these must have issued it; null = anybody. */
  readonly issuers: readonly string[] | null
  /** It must be meant for one of these; null = for anybody. */
  readonly audiences: readonly string[] | null
  readonly allowNoExpiry: boolean
  /** How far clocks may differ, ms. */
  readonly clockToleranceMs: number
  /** Names of claims, or paths of names with dots between them. Tenant null = there are no tenants. */
  readonly claims: { readonly user: string; readonly roles: string; readonly tenant: string | null }
}

/** The section `auth` of the configuration. */
export interface AuthSettings {
  /** Null = nothing is written: open on a loopback address, refused on any other. */
  readonly mode: AuthMode | null
  readonly allowTokenInUrl: boolean
  /** Wrong tokens one address may show within a minute. */
  readonly failedAttempts: number
  readonly keys: readonly SharedKey[]
  readonly jwt: JwtSettings | null
}

/** What a revocation is about. */
export type RevocationKind = 'key' | 'jti' | 'user'

/** Something that was taken back. */
export interface Revocation {
  readonly kind: RevocationKind
  /** Name of the key, id of the token, or the user. */
  readonly subject: string
  /** Ms since the epoch, by the clock of the database. */
  readonly revokedAt: number
  /** From then on it is forgotten; null = never. */
  readonly expiresAt: number | null
}
