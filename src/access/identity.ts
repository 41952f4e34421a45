/** Who a connection acts for. */
export interface Identity {
  /** The `sub` of a token or the name of a key; null when nobody signed in. */
  readonly user: string | null
  readonly roles: readonly string[]
  /** Null when there are no tenants. */
  readonly tenant: string | null
  /** Everything else the token said, for conditions: `auth.department`. */
  readonly claims: Readonly<Record<string, unknown>>
  /** When it ends, ms since the epoch; null = never. */
  readonly expiresAt: number | null
  /** What a revocation names: `key:<name>` or `jwt:<jti>`; null when it cannot be revoked. */
  readonly credential: string | null
}

/** Every connection of a hub that asks nobody who he is. */
export const openIdentity: Identity = {
  user: null,
  roles: [],
  tenant: null,
  claims: {},
  expiresAt: null,
  credential: null,
}
