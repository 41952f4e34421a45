/** Longest name of a user or a room in presence; who has a longer one is not in it. */
export const maxPresenceName = 250

/** One connection, as hubs tell each other of it. */
export interface PresenceEntry {
  /** Unique among all hubs. */
  readonly id: string
  /** Null when nobody signed in. */
  readonly user: string | null
  readonly clientId: string
  readonly appName: string
  readonly away: boolean
  readonly rooms: readonly string[]
}

/** Whoever is there, seen over all of his connections: a user, or a client nobody signed in at. */
export interface PresenceMember {
  readonly user: string | null
  /** Null for a user, who may have several. */
  readonly clientId: string | null
  readonly appNames: readonly string[]
  /** `away` when all of his connections are. */
  readonly state: 'online' | 'away' | 'offline'
  /** When this hub saw the state change, RFC 3339, UTC. */
  readonly since: string
}

/** What hubs tell each other of who is there. A hub numbers its states; who misses one asks for the whole. */
export type PresenceWord =
  /** "I am there, and this is how far I am." */
  | { readonly word: 'beat'; readonly number: number }
  /** The step from the state before to this one. */
  | {
      readonly word: 'change'
      readonly number: number
      readonly changed: readonly PresenceEntry[]
      readonly gone: readonly string[]
    }
  /** Everything at this state. */
  | { readonly word: 'all'; readonly number: number; readonly entries: readonly PresenceEntry[] }
  /** "Tell me everything": of one hub, or with null of all. */
  | { readonly word: 'ask'; readonly of: string | null }
  /** "I end." */
  | { readonly word: 'bye' }

/** Carries words about who is there between hubs; at most once, in the order of each sender. */
export interface PresenceBus {
  /** Tells every other hub. A word that is too long for the bus is not told: returns false. */
  tell(word: PresenceWord): boolean
  /**
   * Calls `receive` for every word of another hub.
   * @returns ends it
   */
  onWord(receive: (hubId: string, word: PresenceWord) => void): () => void
}

/** A bus for a hub that is alone. */
export const silentPresenceBus: PresenceBus = { tell: () => true, onWord: () => () => {} }
