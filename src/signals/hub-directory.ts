import type { HubAnnouncement } from '../domain/signal-bus.ts'

/** Another hub, and when it was last heard. */
export interface KnownHub extends HubAnnouncement {
  /** On the clock of this hub, ms. */
  readonly seenAt: number
}

export interface HubDirectoryOptions {
  /** Who was not heard for this long is forgotten, ms. */
  readonly expireMs: number
  /** Most hubs that are remembered; beyond it the one that was silent longest is forgotten. */
  readonly limit: number
  /** Milliseconds of a clock that only grows. */
  readonly now: () => number
}

/** The other hubs of this database, as they said of themselves. */
export class HubDirectory {
  readonly #options: HubDirectoryOptions
  readonly #hubs = new Map<string, KnownHub>()

  constructor(options: HubDirectoryOptions) {
    this.#options = options
  }

  /** Notes a hub. Returns true when it is a new one, or has other rules than it had. */
  add(hub: HubAnnouncement): boolean {
    const known = this.#hubs.get(hub.hubId)
    this.#hubs.delete(hub.hubId)
    this.#hubs.set(hub.hubId, { ...hub, seenAt: this.#options.now() })
    const [oldest] = this.#hubs.keys()
    if (this.#hubs.size > this.#options.limit && oldest !== undefined) this.#hubs.delete(oldest)
    return known?.rules !== hub.rules
  }

  remove(hubId: string): void {
    this.#hubs.delete(hubId)
  }

  /** Who is there, the longest silent first. */
  list(): readonly KnownHub[] {
    const { now, expireMs } = this.#options
    for (const { hubId, seenAt } of this.#hubs.values()) {
      if (now() - seenAt > expireMs) this.#hubs.delete(hubId)
    }
    return [...this.#hubs.values()]
  }
}
