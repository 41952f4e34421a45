import { RtbridgeError, rtbridgeError } from '../domain/errors/registry.ts'
import type { DnsPacket } from './dns-packet.ts'
import { MdnsLink } from './mdns-link.ts'
import { listNetworks, type Network, onLink } from './networks.ts'

export interface MdnsLinksOptions {
  /** Whether a network is of interest. */
  readonly isWanted: (network: Network) => boolean
  /** A network came, or came back. */
  readonly onLink: (link: MdnsLink, network: Network) => void
  /** An answer came from a responder of one of the networks, for whose addresses `isNear` is true. */
  readonly onResponse: (packet: DnsPacket, from: string, isNear: (address: string) => boolean) => void
  /** Nothing works, or something does again (null); called when that changes. */
  readonly onProblem: (problem: RtbridgeError | null) => void
}

interface OpenLink {
  readonly link: MdnsLink
  readonly network: Network
  state: 'opening' | 'works' | 'fails'
}

/** Networks come and go: cables, Wi-Fi, sleep. They are looked at so often, ms. */
const lookEveryMs = 5_000

/** Multicast DNS on every network of this machine, also on those that come later. */
export class MdnsLinks {
  readonly #options: MdnsLinksOptions
  readonly #links = new Map<string, OpenLink>()
  readonly #timer: NodeJS.Timeout
  #isOnLink: (address: string) => boolean = () => false
  #problem: RtbridgeError | null = null
  #isOpen = true

  /** Opens the links in the next turn, so that the listeners may use what holds this. */
  constructor(options: MdnsLinksOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.#follow(), lookEveryMs)
    this.#timer.unref()
    queueMicrotask(() => this.#follow())
  }

  /** Why nothing works; null when something does, or it is not known yet. */
  get problem(): RtbridgeError | null {
    return this.#problem
  }

  /** The links that are open, each with its network. */
  list(): readonly { readonly link: MdnsLink; readonly network: Network }[] {
    return [...this.#links.values()]
  }

  /** @param close closes one link. Never rejects when that does not. */
  async close(close = (link: MdnsLink, _: Network) => link.close()): Promise<void> {
    this.#isOpen = false
    clearInterval(this.#timer)
    const open = this.list()
    this.#links.clear()
    await Promise.all(open.map(({ link, network }) => close(link, network)))
  }

  #follow(): void {
    if (!this.#isOpen) return
    let networks: readonly Network[]
    try {
      const all = listNetworks()
      this.#isOnLink = onLink(all)
      networks = all.filter(network => this.#options.isWanted(network))
    } catch (error) {
      this.#tell(error instanceof RtbridgeError ? error : failed(error as Error))
      return
    }
    const wanted = new Map(networks.map(network => [keyOf(network), network]))
    for (const [key, { link }] of this.#links) {
      if (wanted.has(key)) continue
      this.#links.delete(key)
      void link.close()
    }
    for (const [key, network] of wanted) if (!this.#links.has(key)) this.#open(key, network)
    if (wanted.size === 0) this.#tell(rtbridgeError('RTB_DISCOVERY_NETWORK', {}))
  }

  #open(key: string, network: Network): void {
    const link = new MdnsLink({
      address: network.address,
      onResponse: (packet, from) => {
        if (this.#isOnLink(from)) this.#options.onResponse(packet, from, this.#isOnLink)
      },
      onWorks: () => {
        open.state = 'works'
        this.#tell(null)
      },
      onTrouble: (error, isBroken) => {
        open.state = 'fails'
        // The network may have gone: then that is what is to be told.
        if (!isBroken) this.#follow()
        if (this.#links.get(key) !== open) return
        if (this.list().every(entry => (entry as OpenLink).state === 'fails')) this.#tell(failed(error))
        if (!isBroken) return
        // The next look opens it again.
        this.#links.delete(key)
        void link.close()
      },
    })
    const open: OpenLink = { link, network, state: 'opening' }
    this.#links.set(key, open)
    this.#options.onLink(link, network)
  }

  #tell(problem: RtbridgeError | null): void {
    if (!this.#isOpen || this.#problem?.message === problem?.message) return
    this.#problem = problem
    this.#options.onProblem(problem)
  }
}

/** Another address, another link. */
function keyOf({ name, addresses }: Network): string {
  return [name, ...addresses].join(' ')
}

function failed(error: NodeJS.ErrnoException): RtbridgeError {
  if (error.code === 'EADDRINUSE') return rtbridgeError('RTB_DISCOVERY_PORT', {}, error)
  return rtbridgeError('RTB_DISCOVERY_FAILED', { detail: error.message }, error)
}
