import { hostname } from 'node:os'
import type { Config } from './config/config.ts'
import { rulesFingerprint } from './config/rules-fingerprint.ts'
import type { Pool } from './database/pool.ts'
import type { HubAnnouncement } from './domain/signal-bus.ts'
import type { Logger } from './logging.ts'
import { hubAddress } from './operations/daemon-status.ts'
import type { KnownHub } from './signals/hub-directory.ts'
import { HubPresence } from './signals/hub-presence.ts'
import { NotifySignalBus } from './signals/notify-signal-bus.ts'

export interface FleetOptions {
  readonly config: Config
  readonly logger: Logger
  readonly hubId: string
  /** Of the program. */
  readonly version: string
  /** The port that apps reach this hub on, once it listens. */
  readonly port: () => number
  readonly pool: Pool
  /** How many other hubs read this database, as the database tells; null where it cannot be told. */
  readonly otherHubs: () => number | null
  readonly onError: (error: unknown, part: string) => void
}

/** Hubs tell each other that they are there. */
const announceEveryMs = 15_000

/** This hub among the others of its database: the bus that carries signals, and who else is there. */
export class Fleet {
  readonly bus: NotifySignalBus
  readonly #options: FleetOptions
  readonly #presence: HubPresence
  readonly #rules: string
  readonly #startedAt = new Date().toISOString()

  constructor(options: FleetOptions) {
    const { hubId, pool, otherHubs, onError, config } = options
    this.#options = options
    this.#rules = rulesFingerprint(config)
    const now = () => performance.now()
    this.bus = new NotifySignalBus({
      hubId,
      pool,
      hasPeers: () => this.isOn && (otherHubs() !== 0 || this.#presence.list().length > 0),
      onHub: (from, hub) => this.#presence.hear(from, hub),
      onError,
      now,
    })
    this.#presence = new HubPresence({
      announcer: this.bus,
      self: () => this.self,
      everyMs: announceEveryMs,
      onNews: hub => this.#report(hub),
      now,
      random: Math.random,
    })
  }

  /** Signals go to other hubs, and come from them. */
  get isOn(): boolean {
    return this.#options.config.database.signals === 'on'
  }

  /** What this hub tells the others of itself. */
  get self(): HubAnnouncement {
    const { config, hubId, port, version } = this.#options
    const { host } = config.hub
    return {
      hubId,
      // An address that means "all of this machine" says nothing to others.
      host: host === '0.0.0.0' || host === '::' ? hostname() : host,
      port: port(),
      rules: this.#rules,
      version,
      startedAt: this.#startedAt,
    }
  }

  /** The other hubs, as they said of themselves. */
  list(): readonly KnownHub[] {
    return this.#presence.list()
  }

  /**
   * Announces this hub, now and from now on: the database is there.
   * @param hears false where nothing can be heard of the others
   */
  start(hears: boolean): void {
    if (this.isOn) this.#presence.start(hears)
  }

  /** Says goodbye to the other hubs, and sends what waits, for half a second at most. */
  close(): Promise<void> {
    this.#presence.close(this.isOn)
    return this.bus.close()
  }

  #report(hub: HubAnnouncement): void {
    const log = this.#options.logger.child({ part: 'hubs' })
    const about = { hub_id: hub.hubId, address: hubAddress(hub), hub_version: hub.version }
    if (hub.rules === this.#rules) log.info(about, 'another hub serves this database')
    else log.warn({ ...about, rules: hub.rules, own: this.#rules }, 'another hub has other rules')
  }
}
