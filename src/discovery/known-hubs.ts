import { type DiscoveredHub, describeHub } from './discovered-hub.ts'
import type { Sighting } from './read-answers.ts'

interface Known {
  readonly name: string
  readonly at: Sighting['at']
  readonly text: Sighting['text']
  /** On the clock of the caller, ms. */
  expiresAt: number
}

/** Announcements that are remembered, in all and of one responder; an office has a few. */
const maxKnown = 256
const maxPerResponder = 32

/** What was heard of hubs, and has not ended. Bounded, whatever is told. */
export class KnownHubs {
  /** By responder, then by name: a machine in two networks is heard from two addresses. */
  readonly #known = new Map<string, Map<string, Known>>()
  #size = 0

  /** Takes in what a responder said. @returns instances whose place is not known yet: to be asked for */
  hear(sightings: readonly Sighting[], from: string, now: number): readonly string[] {
    const unknown: string[] = []
    for (const sighting of sightings) {
      const key = sighting.name.toLowerCase()
      if (sighting.ttl === 0) this.#forget(from, key)
      else if (!this.#remember(from, key, sighting, now)) unknown.push(sighting.name)
    }
    return unknown
  }

  /** Forgets what has ended. */
  expire(now: number): void {
    for (const [from, hubs] of this.#known) {
      for (const [key, { expiresAt }] of hubs) if (expiresAt <= now) this.#forget(from, key)
    }
  }

  /** Hubs of one database side by side; each once, in an order that depends on what they say only. */
  list(): readonly DiscoveredHub[] {
    const byName = new Map<string, Known>()
    for (const hubs of this.#known.values()) {
      for (const [key, known] of hubs) byName.set(key, merge(byName.get(key), known))
    }
    const hubs = [...byName.values()].flatMap(known => describeHub(known) ?? []).sort(compare)
    // Avahi may announce a hub that announces itself, too.
    const places = new Set(hubs.flatMap(hub => (hub.hubId === null ? [] : placesOf(hub))))
    return hubs.filter(hub => hub.hubId !== null || !placesOf(hub).some(place => places.has(place)))
  }

  /** @returns false when it is not known where this instance is */
  #remember(from: string, key: string, sighting: Sighting, now: number): boolean {
    const ofResponder = this.#known.get(from) ?? new Map<string, Known>()
    const before = ofResponder.get(key)
    const at = sighting.at ?? before?.at ?? null
    if (at === null) return false
    if (before === undefined) {
      if (ofResponder.size >= maxPerResponder) return true
      if (this.#size >= maxKnown && !this.#makeRoom(ofResponder.size + 1)) return true
      this.#size++
      this.#known.set(from, ofResponder)
    }
    const text = sighting.text ?? before?.text ?? null
    ofResponder.set(key, { name: sighting.name, at, text, expiresAt: now + sighting.ttl * 1_000 })
    return true
  }

  /**
   * Forgets one of the responder that says most: many made-up hubs must not keep a real one from being seen.
   * @param size of who needs the room; who has no more keeps what he has
   */
  #makeRoom(size: number): boolean {
    const [largest] = [...this.#known].sort(([, one], [, other]) => other.size - one.size)
    const [from = '', hubs] = largest ?? []
    const [oldest] = hubs?.keys() ?? []
    if (hubs === undefined || hubs.size <= size || oldest === undefined) return false
    this.#forget(from, oldest)
    return true
  }

  #forget(from: string, key: string): void {
    const ofResponder = this.#known.get(from)
    if (ofResponder?.delete(key) !== true) return
    this.#size--
    if (ofResponder.size === 0) this.#known.delete(from)
  }
}

/** The same instance, heard from two addresses. */
function merge(one: Known | undefined, other: Known): Known {
  if (one?.at == null || other.at === null) return one ?? other
  return { ...one, at: { ...one.at, addresses: [...new Set([...one.at.addresses, ...other.at.addresses])] } }
}

function placesOf({ addresses, port }: DiscoveredHub): readonly string[] {
  return addresses.map(address => `${address} ${port}`)
}

function compare(a: DiscoveredHub, b: DiscoveredHub): number {
  const key = ({ incarnation, name, port }: DiscoveredHub) => `${incarnation ?? '~'} ${name} ${port}`
  return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0
}
