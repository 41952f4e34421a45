import { hostname } from 'node:os'
import type { Config } from '../config/config.ts'
import { Announcer, isAnnounced } from '../discovery/announcer.ts'
import type { HubText } from '../discovery/hub-text.ts'
import type { RtbridgeError } from '../domain/errors/registry.ts'
import type { Logger } from '../logging.ts'
import type { AnnouncementState } from '../operations/daemon-status.ts'
import { protocolVersion } from '../protocol/messages.ts'
import type { HttpServer } from '../transports/http-server.ts'

export interface AnnouncementOptions {
  readonly config: Config
  readonly logger: Logger
  readonly hubId: string
  /** Of the program. */
  readonly version: string
}

/** Tells the local network of a hub, as configured: where it is, and which database it serves. */
export class Announcement {
  readonly #options: AnnouncementOptions
  readonly #log: Logger
  #announcer: Announcer | null = null
  #isLocal = false
  /** What is known before it begins. */
  #known: Partial<HubText> = {}

  constructor(options: AnnouncementOptions) {
    this.#options = options
    this.#log = options.logger.child({ part: 'discovery' })
  }

  /** For health. */
  get state(): AnnouncementState {
    if (this.#announcer === null) return this.#isLocal ? 'local' : 'off'
    return this.problem === null ? 'announced' : 'problem'
  }

  /** Why nobody hears of this hub. */
  get problem(): RtbridgeError | null {
    return this.#announcer?.problem ?? null
  }

  /** The hub listens: it is announced from now on, unless that is off or only this machine reaches it. */
  start({ address, port, fingerprint }: Pick<HttpServer, 'address' | 'port' | 'fingerprint'>): void {
    const { config, hubId, version } = this.#options
    if (config.discovery.mdns === 'off') return
    this.#isLocal = !isAnnounced(address)
    if (this.#isLocal) return
    const text = { protocol: protocolVersion, version, hubId, incarnation: null, path: '/' }
    this.#announcer = new Announcer({
      hostname: hostname(),
      address,
      port,
      hubId,
      text: { ...text, tls: fingerprint !== null, fingerprint, ...this.#known },
      onProblem: problem => this.#report(problem),
    })
  }

  /** What is told has changed. */
  update(change: Pick<Partial<HubText>, 'incarnation' | 'fingerprint'>): void {
    this.#known = { ...this.#known, ...change }
    this.#announcer?.update(change)
  }

  /** Says goodbye; takes less than a second and never rejects. */
  async close(): Promise<void> {
    await this.#announcer?.close()
  }

  #report(problem: RtbridgeError | null): void {
    if (problem === null) this.#log.info({}, 'announced on the local network')
    else this.#log.warn({ err: problem }, 'not announced on the local network')
  }
}
