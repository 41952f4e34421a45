import type { HubAddressData } from '../protocol/messages.ts'
import { clientError } from './client-errors.ts'
import type { ClientOptions } from './client-options.ts'
import type { OpenLink } from './link.ts'

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
export function readHubUrl(text: string, base: string | undefined): URL {
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
  #siblings: readonly string[] = []
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
    const all = listUrls([given].flat(), this.#siblings, this.#base).flatMap(url =>
      this.#transports.map(open => ({ url, open })),
    )
    this.#at = this.#at < all.length ? this.#at : 0
    const candidate = all[this.#at]
    if (candidate === undefined) throw clientError('RTB_CLIENT_NO_TRANSPORT')
    this.#length = all.length
    return candidate
  }

  /**
   * The last one did not work.
   * @returns true when all of them were tried
   */
  failed(): boolean {
    this.#at = (this.#at + 1) % this.#length
    return this.#at === 0
  }

  /** Begins with the first again. */
  reset(): void {
    this.#at = 0
  }

  /** The hub has named others. */
  learn(hubs: readonly HubAddressData[]): void {
    this.#siblings = hubs.map(({ url }) => url)
  }
}

/** Those of the second list are left out where they are less safe than the first. */
function listUrls(given: readonly string[], siblings: readonly string[], base: string | undefined): URL[] {
  const urls = given.map(text => readHubUrl(text, base))
  const isSafe = urls.some(({ protocol }) => protocol === 'wss:')
  const others = siblings
    .map(text => readHubUrl(text, base))
    .filter(({ protocol, host }) => (!isSafe || protocol === 'wss:') && !urls.some(url => url.host === host))
  return [...urls, ...others]
}
