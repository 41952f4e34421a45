import type { HubAddressData } from '../../protocol/messages.ts'
import { clientError } from '../api/client-errors.ts'
import type { ClientOptions } from '../api/client-options.ts'
import type { OpenLink } from './link.ts'

/** A hub tells no more others; they are tried without a pause. */
const maxSiblings = 32

/** One way to reach a hub. */
export interface Candidate {
  readonly url: URL
  readonly open: OpenLink
}

/**
 * A URL of a hub as a WebSocket's.
 * @param base what a relative one is relative to; undefined = nothing
 * @throws RTB_CLIENT_URL
 */
export function readHubUrl(text: string, base?: string): URL {
  try {
    const url = new URL(text, base)
    url.protocol = url.protocol.replace('http', 'ws')
    if (/^wss?:$/.test(url.protocol)) return url
  } catch {
    // The error below says it.
  }
  throw clientError('RTB_CLIENT_URL', text)
}

/** Where a hub can be: what was configured, then the other hubs of its database, each by each transport. */
export class Addresses {
  readonly #given: ClientOptions['url']
  readonly #base: string | undefined
  readonly #transports: readonly OpenLink[]
  #siblings: readonly URL[] = []
  #at = 0
  #length = 1

  /** @throws RTB_CLIENT_URL */
  constructor(given: ClientOptions['url'], base: string | undefined, transports: readonly OpenLink[]) {
    this.#given = given
    this.#base = base
    this.#transports = transports
    // What can be seen to be wrong now need not wait for an attempt.
    if (typeof given !== 'function') for (const text of [given].flat()) readHubUrl(text, base)
  }

  /**
   * The one to try next: the same again, until it has failed.
   * @throws RTB_CLIENT_URL RTB_CLIENT_NO_TRANSPORT, and what the function throws
   */
  async next(): Promise<Candidate> {
    const given = typeof this.#given === 'function' ? await this.#given() : this.#given
    const urls = [given ?? []].flat().map(text => readHubUrl(text, this.#base))
    const isSafe = urls.some(({ protocol }) => protocol === 'wss:')
    for (const url of this.#siblings) {
      // Other hubs are left out where they are less safe than what was configured.
      if ((!isSafe || url.protocol === 'wss:') && !urls.some(({ href }) => href === url.href)) urls.push(url)
    }
    const all = urls.flatMap(url => this.#transports.map(open => ({ url, open })))
    // None at all is one attempt, with the pause after it.
    this.#length = all.length || 1
    const candidate = all[this.#at % this.#length]
    if (!candidate) throw clientError(urls[0] ? 'RTB_CLIENT_NO_TRANSPORT' : 'RTB_CLIENT_URL')
    return candidate
  }

  /**
   * The last one did not work.
   * @returns true when all of them were tried
   */
  failed(): boolean {
    return ++this.#at % this.#length === 0
  }

  /** The hub has named others. */
  learn(hubs: readonly HubAddressData[]): void {
    this.#siblings = hubs.slice(0, maxSiblings).flatMap(({ url }) => {
      try {
        return [readHubUrl(url)]
      } catch {
        // A hub that does not know its own address must not keep the client from the others.
        return []
      }
    })
  }
}
