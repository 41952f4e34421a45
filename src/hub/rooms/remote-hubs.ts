import type { PresenceEntry, PresenceWord } from '../../domain/presence.ts'
import type { Clock } from '../clock.ts'

export interface RemoteHubsOptions {
  /** This hub, whose questions are not for others to answer. */
  readonly hubId: string
  readonly clock: Pick<Clock, 'after' | 'elapsed'>
  /** A hub that is silent for longer is gone, ms. */
  readonly silentMs: number
  /** The people of a hub that said goodbye have this long to turn up at another, ms. */
  readonly graceMs: number
  readonly put: (entry: PresenceEntry) => void
  readonly remove: (id: string) => void
  /** Asks a hub for everything. */
  readonly ask: (hubId: string) => void
  /** Somebody asks this hub. */
  readonly answer: () => void
}

interface RemoteHub {
  /** Its state that is known here; null = none, or with a hole. */
  number: number | null
  askedAt: number
  readonly ids: Set<string>
  forget: () => void
}

const maxHubs = 64
/** Most connections of one hub that are remembered. */
const maxEntries = 10_000
/** A hub is asked again after this, ms: the question or its answer may have got lost. */
const askAgainMs = 1_000

/** What other hubs say of who is connected to them, and how long that is believed. */
export class RemoteHubs {
  readonly #options: RemoteHubsOptions
  readonly #hubs = new Map<string, RemoteHub>()

  constructor(options: RemoteHubsOptions) {
    this.#options = options
  }

  hear(hubId: string, word: PresenceWord): void {
    const { hubId: own, answer } = this.#options
    if (word.word === 'ask') {
      if (word.of === null || word.of === own) answer()
      return
    }
    if (word.word === 'bye') this.#expire(hubId, this.#options.graceMs)
    else this.#believe(hubId, word)
  }

  #believe(hubId: string, word: Extract<PresenceWord, { number: number }>): void {
    const hub = this.#meet(hubId)
    if (hub === null) return
    this.#expire(hubId, this.#options.silentMs)
    if (word.word === 'all') this.#replace(hubId, hub, word.entries)
    else if (word.word === 'change' && hub.number === word.number - 1) this.#change(hubId, hub, word)
    else if (hub.number !== word.number) {
      hub.number = null
      this.#ask(hubId, hub)
      return
    }
    hub.number = word.number
  }

  close(): void {
    for (const { forget } of this.#hubs.values()) forget()
    this.#hubs.clear()
  }

  #meet(hubId: string): RemoteHub | null {
    const known = this.#hubs.get(hubId)
    if (known !== undefined) return known
    if (this.#hubs.size >= maxHubs) return null
    const hub = { number: null, askedAt: Number.NEGATIVE_INFINITY, ids: new Set<string>(), forget: () => {} }
    this.#hubs.set(hubId, hub)
    return hub
  }

  /** Forgets a hub when this time is over, unless it is heard before. */
  #expire(hubId: string, inMs: number): void {
    const hub = this.#hubs.get(hubId)
    if (hub === undefined) return
    hub.forget()
    hub.forget = this.#options.clock.after(inMs, () => {
      this.#hubs.delete(hubId)
      for (const id of hub.ids) this.#options.remove(id)
    })
  }

  #ask(hubId: string, hub: RemoteHub): void {
    const now = this.#options.clock.elapsed()
    if (now - hub.askedAt < askAgainMs) return
    hub.askedAt = now
    this.#options.ask(hubId)
  }

  #replace(hubId: string, hub: RemoteHub, entries: readonly PresenceEntry[]): void {
    const ids = new Set(entries.map(({ id }) => ownId(hubId, id)))
    for (const id of hub.ids) if (!ids.has(id)) this.#remove(hub, id)
    for (const entry of entries) this.#put(hubId, hub, entry)
  }

  #change(hubId: string, hub: RemoteHub, word: Extract<PresenceWord, { word: 'change' }>): void {
    for (const id of word.gone) this.#remove(hub, ownId(hubId, id))
    for (const entry of word.changed) this.#put(hubId, hub, entry)
  }

  #put(hubId: string, hub: RemoteHub, entry: PresenceEntry): void {
    const id = ownId(hubId, entry.id)
    if (!hub.ids.has(id) && hub.ids.size >= maxEntries) return
    hub.ids.add(id)
    this.#options.put({ ...entry, id })
  }

  #remove(hub: RemoteHub, id: string): void {
    if (hub.ids.delete(id)) this.#options.remove(id)
  }
}

/** Whatever a hub calls its connections, it speaks of its own only. */
function ownId(hubId: string, id: string): string {
  return `${hubId} ${id}`
}
