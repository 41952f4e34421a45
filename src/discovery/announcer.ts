import type { RtbridgeError } from '../domain/errors/registry.ts'
import { type AnnouncedHub, goodbyeRecords, hubRecords } from './hub-records.ts'
import type { HubText } from './hub-text.ts'
import { MdnsLinks } from './mdns-links.ts'
import { isLoopback, type Network, reachedAt } from './networks.ts'

export interface AnnouncerOptions extends AnnouncedHub {
  /** The address it listens on. */
  readonly address: string
  /** Nothing can be announced, or it can again (null); called when that changes. */
  readonly onProblem: (problem: RtbridgeError | null) => void
}

/** Whether a hub that listens on this address is announced: what only this machine reaches is not. */
export function isAnnounced(address: string): boolean {
  return !isLoopback(address)
}

/** Announces a hub on every network it is reached from, until it is closed. */
export class Announcer {
  readonly #options: AnnouncerOptions
  readonly #links: MdnsLinks
  #text: HubText

  constructor(options: AnnouncerOptions) {
    this.#options = options
    this.#text = options.text
    this.#links = new MdnsLinks({
      isWanted: network => reachedAt(network, options.address).length > 0,
      onLink: (link, network) => link.announce(this.#records(network)),
      onResponse: () => {},
      onProblem: options.onProblem,
    })
  }

  /** Why it is not announced; null when it is, or that is not known yet. */
  get problem(): RtbridgeError | null {
    return this.#links.problem
  }

  /** Changes what is told. */
  update(change: Partial<HubText>): void {
    const text = { ...this.#text, ...change }
    if (JSON.stringify(text) === JSON.stringify(this.#text)) return
    this.#text = text
    for (const { link, network } of this.#links.list()) link.announce(this.#records(network))
  }

  /** Says goodbye. Takes less than a second, whatever happens, and never rejects. */
  close(): Promise<void> {
    return this.#links.close((link, network) => link.close(goodbyeRecords(this.#records(network))))
  }

  #records(network: Network) {
    return hubRecords({ ...this.#options, text: this.#text }, reachedAt(network, this.#options.address))
  }
}
