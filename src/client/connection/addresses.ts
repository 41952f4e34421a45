import type { HubAddressData } from '../../protocol/messages.ts'
import { clientError } from '../api/client-errors.ts'
import type { ClientOptions, HubUrl } from '../api/client-options.ts'
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
export interface Addresses {
  /**
   * The one to try next: the same again, until it has failed.
   * @throws RTB_CLIENT_URL RTB_CLIENT_NO_TRANSPORT, and what the function throws
   */
  next(): Promise<Candidate>
  /**
   * The last one did not work.
   * @returns true when all of them were tried
   */
  failed(): boolean
  /** The hub has named others. */
  learn(hubs: readonly HubAddressData[]): void
}

/**
 * @param base what a relative URL is relative to; undefined = nothing
 * @throws RTB_CLIENT_URL
 */
export function createAddresses(
  given: ClientOptions['url'],
  base: string | undefined,
  transports: readonly OpenLink[],
): Addresses {
  let siblings: readonly URL[] = []
  let at = 0
  let count = 1

  const read = (urls: HubUrl) => [urls].flat().map(text => readHubUrl(text, base))
  // What can be seen to be wrong now need not wait for an attempt.
  if (typeof given !== 'function') read(given)

  return {
    async next() {
      const urls = read((typeof given === 'function' ? await given() : given) ?? [])
      const isSafe = urls.some(({ protocol }) => protocol === 'wss:')
      for (const url of siblings) {
        // Other hubs are left out where they are less safe than what was configured.
        if ((!isSafe || url.protocol === 'wss:') && !urls.some(({ href }) => href === url.href))
          urls.push(url)
      }
      const all = urls.flatMap(url => transports.map(open => ({ url, open })))
      // None at all is one attempt, with the pause after it.
      count = all.length || 1
      const candidate = all[at % count]
      if (!candidate) throw clientError(urls[0] ? 'RTB_CLIENT_NO_TRANSPORT' : 'RTB_CLIENT_URL')
      return candidate
    },

    failed: () => ++at % count === 0,

    learn(hubs) {
      /** A hub tells no more others; they are tried without a pause. */
      const maxSiblings = 32
      siblings = hubs.slice(0, maxSiblings).flatMap(({ url }) => {
        try {
          return [readHubUrl(url)]
        } catch {
          // A hub that does not know its own address must not keep the client from the others.
          return []
        }
      })
    },
  }
}
