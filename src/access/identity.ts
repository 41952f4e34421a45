/** Who a connection acts for. */
export interface Identity {
  /** Null when nobody signed in. */
  readonly user: string | null
  readonly roles: readonly string[]
}

/** Every connection of a hub that asks nobody who he is. */
export const openIdentity: Identity = { user: null, roles: [] }
