import type { RtbridgeError } from '../domain/errors/registry.ts'
import { type DiscoveredHub, formatPin, type HubFilter } from './discovered-hub.ts'
import { serviceType } from './dns-packet.ts'
import { KnownHubs } from './known-hubs.ts'
import { MdnsLinks } from './mdns-links.ts'
import { readAnswers } from './read-answers.ts'

export interface HubWatchOptions extends HubFilter {
  /** The list is another one. */
  readonly onChange: (hubs: readonly DiscoveredHub[]) => void
  /** Nothing can be heard, or it can again (null). */
  readonly onProblem: (problem: RtbridgeError | null) => void
}

/** It is asked again after these pauses, and then at intervals that keep what is known fresh, ms. */
const askAfterMs = [1_000, 3_000]
const askEveryMs = 30_000
/** Changes of so long are told together, ms. */
const gatherMs = 50
/** What ends is looked for so often, ms. */
const expireEveryMs = 1_000

/** Listens for hubs on every network of this machine, until it is closed. */
export class HubWatch {
  readonly #options: HubWatchOptions
  readonly #known = new KnownHubs()
  readonly #links: MdnsLinks
  readonly #isWanted: (hub: DiscoveredHub) => boolean
  readonly #timers: NodeJS.Timeout[]
  #gathering: NodeJS.Timeout | null = null
  #told = '[]'
  #isOpen = true

  constructor(options: HubWatchOptions) {
    this.#options = options
    this.#isWanted = createFilter(options)
    this.#links = new MdnsLinks({
      isWanted: () => true,
      onLink: link => link.ask(serviceType, 'PTR'),
      onResponse: (packet, from, isNear) => {
        const unknown = this.#known.hear(readAnswers(packet, from, isNear), from, performance.now())
        for (const name of unknown) this.#ask(`${name}.${serviceType}`, 'ANY')
        this.#gather()
      },
      onProblem: options.onProblem,
    })
    const ask = () => this.#ask(serviceType, 'PTR')
    this.#timers = [
      ...askAfterMs.map(ms => setTimeout(ask, ms)),
      setInterval(ask, askEveryMs),
      setInterval(() => this.#gather(), expireEveryMs),
    ]
  }

  /** Why nothing can be heard; null when something can, or that is not known yet. */
  get problem(): RtbridgeError | null {
    return this.#links.problem
  }

  /** The hubs that are there. */
  list(): readonly DiscoveredHub[] {
    this.#known.expire(performance.now())
    return this.#known.list().filter(this.#isWanted)
  }

  close(): Promise<void> {
    this.#isOpen = false
    for (const timer of this.#timers) clearTimeout(timer)
    if (this.#gathering !== null) clearTimeout(this.#gathering)
    return this.#links.close()
  }

  #ask(name: string, type: string): void {
    for (const { link } of this.#links.list()) link.ask(name, type)
  }

  #gather(): void {
    this.#gathering ??= setTimeout(() => {
      this.#gathering = null
      const hubs = this.list()
      const text = JSON.stringify(hubs)
      if (!this.#isOpen || text === this.#told) return
      this.#told = text
      this.#options.onChange(hubs)
    }, gatherMs)
  }
}

function createFilter({ incarnation, fingerprint, tls }: HubFilter): (hub: DiscoveredHub) => boolean {
  const pin = fingerprint === undefined ? undefined : formatPin(fingerprint)
  return hub =>
    (incarnation === undefined || hub.incarnation === incarnation) &&
    (pin === undefined || hub.fingerprint === pin) &&
    (tls !== true || hub.tls)
}
