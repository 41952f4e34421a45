import type { HubAnnouncement, HubAnnouncer } from '../domain/signal-bus.ts'
import { HubDirectory, type KnownHub } from './hub-directory.ts'

export interface HubPresenceOptions {
  readonly announcer: HubAnnouncer
  /** What this hub is, asked at every announcement. */
  readonly self: () => HubAnnouncement
  /** Pause between two announcements, ms. */
  readonly everyMs: number
  /** A hub was heard for the first time, or has new rules. */
  readonly onNews: (hub: HubAnnouncement) => void
  /** Milliseconds of a clock that only grows. */
  readonly now: () => number
  /** 0 ≤ random() < 1 */
  readonly random: () => number
}

/** Until a hub hears its own words it repeats them this often, ms: before LISTEN works no answer comes, either. */
const untilHeardMs = 1_000
/** A newcomer is answered within this, ms; one answer serves all who came meanwhile. */
const answerWithinMs = 200
/** A hub that missed this many announcements is gone. */
const missedUntilGone = 3
const mostHubs = 64

/** Tells the other hubs of this one, at intervals, and remembers what they say. */
export class HubPresence {
  readonly #options: HubPresenceOptions
  readonly #directory: HubDirectory
  #timer: NodeJS.Timeout | undefined
  #nextAt = Number.POSITIVE_INFINITY
  #hearsItself = false
  #closed = false

  constructor(options: HubPresenceOptions) {
    this.#options = options
    const { everyMs, now } = options
    this.#directory = new HubDirectory({ expireMs: everyMs * (missedUntilGone + 0.5), limit: mostHubs, now })
  }

  /** The other hubs. */
  list(): readonly KnownHub[] {
    return this.#directory.list()
  }

  /**
   * Announces now, and from now on: LISTEN was established, or may have been.
   * @param hears false where there will be no LISTEN, so that no word comes back; default true
   */
  start(hears = true): void {
    this.#hearsItself = !hears
    this.#announce()
  }

  /** Takes what a hub said: this one's own words, another's, or (null) that one ends. */
  hear(hubId: string, hub: HubAnnouncement | null): void {
    const { self, onNews, random, now } = this.#options
    if (this.#closed) return
    if (hubId === self().hubId) {
      if (!this.#hearsItself) this.#schedule(this.#intervalMs(), now())
      this.#hearsItself = true
    } else if (hub === null) this.#directory.remove(hubId)
    else if (this.#directory.add(hub)) {
      onNews(hub)
      const answerInMs = random() * answerWithinMs
      if (now() + answerInMs < this.#nextAt) this.#schedule(answerInMs, now())
    }
  }

  /**
   * Announces no more.
   * @param goodbye tell the others that this hub ends; default true
   */
  close(goodbye = true): void {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#timer)
    if (goodbye) this.#options.announcer.farewell()
  }

  #announce(): void {
    const { announcer, self, now } = this.#options
    if (this.#closed) return
    announcer.announce(self())
    this.#schedule(this.#hearsItself ? this.#intervalMs() : untilHeardMs, now())
  }

  /** A little earlier or later each time, so that many hubs do not speak at once. */
  #intervalMs(): number {
    return this.#options.everyMs * (0.9 + 0.2 * this.#options.random())
  }

  #schedule(inMs: number, now: number): void {
    clearTimeout(this.#timer)
    this.#nextAt = now + inMs
    this.#timer = setTimeout(() => this.#announce(), inMs)
  }
}
