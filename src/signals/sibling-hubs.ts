import { type HubAddress, isLoopbackUrl } from '../domain/hub-address.ts'
import type { AnnouncedAddress, HubAnnouncement } from '../domain/signal-bus.ts'

export interface SiblingHubsOptions {
  /** What this hub tells of itself. */
  readonly self: () => HubAnnouncement
  /** Pause between two announcements of a hub, ms. */
  readonly everyMs: number
  /** Whether an address was announced by a hub of this database. */
  readonly isProven: (hubId: string, address: AnnouncedAddress) => boolean
  /** Milliseconds of a clock that only grows. */
  readonly now: () => number
}

interface Sibling {
  readonly address: AnnouncedAddress
  readonly startedAt: string
  /** Turns of this hub's own announcements since it was last heard. */
  readonly missed: number
}

/** A hub that was silent for more turns than this is gone. */
const mostMissed = 3
/** Most hubs that are remembered, and told to clients. */
const mostRemembered = 64
const mostTold = 32

/**
 * The other hubs of this database that a client of this one can go to. Time passes by what this hub hears of itself: who
 * hears nothing at all, because its own database is away, forgets nobody, for then its clients need the others most.
 */
export class SiblingHubs {
  readonly #options: SiblingHubsOptions
  readonly #siblings = new Map<string, Sibling>()
  #turnAt = Number.NEGATIVE_INFINITY

  constructor(options: SiblingHubsOptions) {
    this.#options = options
  }

  /** Takes what a hub said: this one's own words, another's, or (null) that one ends. */
  hear(hubId: string, hub: HubAnnouncement | null): void {
    if (hubId === this.#options.self().hubId) this.#turn()
    else if (hub === null) this.#siblings.delete(hubId)
    else if (hub.address !== undefined && this.#options.isProven(hubId, hub.address)) {
      this.#siblings.delete(hubId)
      this.#siblings.set(hubId, { address: hub.address, startedAt: hub.startedAt, missed: 0 })
      const [oldest] = this.#siblings.keys()
      if (this.#siblings.size > mostRemembered && oldest !== undefined) this.#siblings.delete(oldest)
    }
  }

  /** In an order that is always the same; of several hubs with one URL the one that was started last. */
  list(): readonly HubAddress[] {
    const own = this.#options.self().address
    if (own === undefined) return []
    const byUrl = new Map<string, HubAddress>()
    const ageOf = ([hubId, { startedAt }]: readonly [string, Sibling]) => `${startedAt} ${hubId}`
    const byAge = [...this.#siblings].sort((a, b) => (ageOf(a) < ageOf(b) ? -1 : 1))
    for (const [hubId, { address }] of byAge) {
      const { url } = address
      if (url !== own.url && canReach(own, address)) byUrl.set(url, { hubId, url })
    }
    return [...byUrl.values()].slice(-mostTold).sort((a, b) => (a.url < b.url ? -1 : 1))
  }

  /** Announcements besides the usual ones, to answer newcomers, are no turns. */
  #turn(): void {
    const { now, everyMs } = this.#options
    if (now() - this.#turnAt < everyMs * 0.8) return
    this.#turnAt = now()
    for (const [hubId, sibling] of this.#siblings) {
      if (sibling.missed >= mostMissed) this.#siblings.delete(hubId)
      else this.#siblings.set(hubId, { ...sibling, missed: sibling.missed + 1 })
    }
  }
}

/** Clients that come to this machine by its loopback address can do so with another hub on it; to others it is no address. */
function canReach(own: AnnouncedAddress, other: AnnouncedAddress): boolean {
  return !isLoopbackUrl(other.url) || (isLoopbackUrl(own.url) && own.machine === other.machine)
}
