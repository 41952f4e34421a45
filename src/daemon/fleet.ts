import { hostname } from 'node:os'
import type { Config } from '../config/config.ts'
import { rulesFingerprint } from '../config/rules-fingerprint.ts'
import type { Pool } from '../database/pool.ts'
import { rtbridgeError } from '../domain/errors/registry.ts'
import { type HubAddress, readHubUrl } from '../domain/hub-address.ts'
import { type AnnouncedAddress, type HubAnnouncement, signalChannel } from '../domain/signal-bus.ts'
import type { Logger } from '../logging.ts'
import { hubAddress, type Problem } from '../operations/daemon-status.ts'
import { isProven, proveAddress } from '../signals/address-proof.ts'
import { carryByNotify } from '../signals/carry-by-notify.ts'
import { type BusCounters, HubBus } from '../signals/hub-bus.ts'
import type { KnownHub } from '../signals/hub-directory.ts'
import { HubPresence } from '../signals/hub-presence.ts'
import { RedisCarrier } from '../signals/redis-carrier.ts'
import { SiblingHubs } from '../signals/sibling-hubs.ts'

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
  /** The other hubs that a client can go to, whenever one was heard: as they were, or others. */
  readonly onSiblings: (siblings: readonly HubAddress[]) => void
  /** The other hubs are heard from here on, or again. */
  readonly onHears: () => void
  readonly onError: (error: unknown, part: string) => void
}

/** Hubs tell each other that they are there every so many heartbeats of presence: by default every 15 s. */
const announceEveryBeats = 5

/** This hub among the others of its database: the bus that carries signals, and who else is there. */
export class Fleet {
  readonly bus: HubBus
  readonly #options: FleetOptions
  readonly #presence: HubPresence
  readonly #siblings: SiblingHubs
  /** By which hubs of this installation know each other's addresses; null before it was read. */
  #secret: string | null = null
  #address: AnnouncedAddress | null = null
  #isClosed = false
  /** Null where PostgreSQL carries. */
  readonly #redis: RedisCarrier | null
  #rules: string
  readonly #startedAt = new Date().toISOString()

  constructor(options: FleetOptions) {
    const { hubId, pool, otherHubs, onError, config } = options
    this.#options = options
    this.#rules = rulesFingerprint(config)
    const now = () => performance.now()
    const everyMs = announceEveryBeats * config.presence.heartbeatMs
    this.#redis = this.isOn ? this.#openRedis() : null
    const redis = this.#redis
    this.bus = new HubBus({
      hubId,
      carry: redis === null ? carryByNotify(pool) : payloads => redis.carry(payloads),
      hasPeers: () => this.isOn && (otherHubs() !== 0 || this.#presence.list().length > 0),
      onHub: (from, hub) => {
        this.#presence.hear(from, hub)
        this.#siblings.hear(from, hub)
        options.onSiblings(this.#siblings.list())
      },
      onError,
      now,
    })
    this.#presence = new HubPresence({
      announcer: this.bus,
      self: () => this.self,
      everyMs,
      onNews: hub => this.#report(hub),
      now,
      random: Math.random,
    })
    this.#siblings = new SiblingHubs({
      self: () => this.self,
      everyMs,
      isProven: (from, address) => this.#secret !== null && isProven(from, address, this.#secret),
      now,
    })
  }

  /** Signals go to other hubs, and come from them. */
  get isOn(): boolean {
    return this.#options.config.database.signals === 'on'
  }

  /** Channels of the database that bring what the other hubs say; to be handed to the bus. */
  get channels(): readonly string[] {
    return this.isOn && this.#redis === null ? [signalChannel] : []
  }

  /** How signals go, for health. */
  get status(): { readonly carrier: string } & Readonly<BusCounters> {
    const carrier = this.#redis === null ? 'postgresql' : 'redis'
    return { carrier: this.isOn ? carrier : 'off', ...this.bus.counters }
  }

  /** What is wrong with what carries signals; that the database is away, others tell. */
  get problem(): Problem | null {
    const away = this.#redis?.away ?? null
    return away === null ? null : rtbridgeError('RTB_BUS_AWAY', away)
  }

  /** What this hub tells the others of itself. */
  get self(): HubAnnouncement {
    const { config, hubId, port, version } = this.#options
    // An address that means "all of this machine" says nothing to others.
    const isAll = config.hub.host === '0.0.0.0' || config.hub.host === '::'
    const self = {
      hubId,
      host: isAll ? hostname() : config.hub.host,
      port: port(),
      rules: this.#rules,
      version,
      startedAt: this.#startedAt,
    }
    const scheme = config.tls.certFile === null ? 'ws' : 'wss'
    const url = config.hub.publicUrl ?? readHubUrl(`${scheme}://${hubAddress(self)}`)
    if (url === null || this.#secret === null) return self
    // Asked for at every word that is heard; it changes with the port, once, and with the history.
    if (this.#address?.url !== url)
      this.#address = proveAddress(hubId, { url, machine: hostname() }, this.#secret)
    return { ...self, address: this.#address }
  }

  /** The other hubs, as they said of themselves. */
  list(): readonly KnownHub[] {
    return this.#presence.list()
  }

  /**
   * Announces this hub, now and from now on: the database is there.
   * @param history names its history: hubs of another one are none of ours
   * @param hears false where the database brings nothing of the others
   */
  async start(history: string, hears: boolean): Promise<void> {
    if (!this.isOn) return
    await this.#readSecret()
    if (this.#isClosed) return
    if (this.#redis !== null) this.#redis.useHistory(history)
    else this.#hears(hears)
  }

  /** Other rules are in force: the other hubs are told at once. */
  useRules(config: Config): void {
    this.#rules = rulesFingerprint(config)
    if (this.isOn) this.bus.announce(this.self)
  }

  /** Says goodbye to the other hubs, and sends what waits, for half a second at most. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#presence.close(this.isOn)
    await this.bus.close()
    this.#redis?.close()
  }

  /** Without it this hub is known to others, but its address is not believed. */
  async #readSecret(): Promise<void> {
    const { pool, onError } = this.#options
    try {
      const [row] = await pool.query('SELECT install_id FROM rtbridge.installation')
      this.#secret = row?.['install_id'] ?? null
      this.#address = null
    } catch (error) {
      if (!this.#isClosed) onError(error, 'hubs')
    }
  }

  #hears(hears: boolean): void {
    this.#presence.start(hears)
    this.#options.onHears()
  }

  #openRedis(): RedisCarrier | null {
    const { config, logger } = this.#options
    const { url } = config.bus
    if (url === null) return null
    const log = logger.child({ part: 'bus' })
    return new RedisCarrier({
      url,
      receive: payload => this.bus.receive(payload),
      onHears: () => {
        log.info('signals and presence go over Redis')
        this.#hears(true)
      },
      onAway: away => log.warn({ err: rtbridgeError('RTB_BUS_AWAY', away) }, 'Redis away, retrying'),
    })
  }

  #report(hub: HubAnnouncement): void {
    const log = this.#options.logger.child({ part: 'hubs' })
    const about = { hub_id: hub.hubId, address: hubAddress(hub), hub_version: hub.version }
    if (hub.rules === this.#rules) log.info(about, 'another hub serves this database')
    else log.warn({ ...about, rules: hub.rules, own: this.#rules }, 'another hub has other rules')
  }
}
