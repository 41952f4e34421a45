import { randomUUID } from 'node:crypto'
import { Capture, type CaptureOptions } from './capture/capture.ts'
import { incarnationOf } from './capture/incarnation.ts'
import type { Retention } from './capture/retention.ts'
import { TableRegistry } from './capture/table-registry.ts'
import { readPackageVersion } from './cli/package-info.ts'
import type { Config } from './config/config.ts'
import { AdminSide } from './daemon/admin-side.ts'
import { Announcement } from './daemon/announcement.ts'
import { bridgeChannel } from './daemon/bridge-channel.ts'
import { Fleet } from './daemon/fleet.ts'
import { certificateProblem, hubLimits, openFrontDoor } from './daemon/front-door.ts'
import type { ConfigSource } from './daemon/hub-doctor.ts'
import { Liveness } from './daemon/liveness.ts'
import { mappedHistory } from './daemon/mapped-history.ts'
import { openRooms, type Rooms } from './daemon/rooms.ts'
import { Rules } from './daemon/rules.ts'
import { openSessions, type Sessions } from './daemon/sessions.ts'
import { openSignIn, type SignIn } from './daemon/sign-in.ts'
import { startRetention } from './daemon/start-retention.ts'
import { createTroubleLog, type ReportTrouble } from './daemon/trouble-log.ts'
import { createUnreadableLog } from './daemon/unreadable-log.ts'
import { publishEvent } from './database/publish-event.ts'
import { revocationChannel } from './database/revocations.ts'
import type { Audit } from './domain/audit.ts'
import { historyOf } from './domain/cursor.ts'
import type { RtbridgeError } from './domain/errors/registry.ts'
import { systemClock } from './hub/clock.ts'
import { Hub } from './hub/hub.ts'
import { checkSchema } from './install/check-schema.ts'
import type { Logger } from './logging.ts'
import { createAuditLog } from './operations/audit-log.ts'
import { type DaemonStatus, describeStatus } from './operations/daemon-status.ts'
import { Observations } from './operations/observations.ts'
import { TableReader } from './snapshots/table-reader.ts'
import type { HttpServer } from './transports/http-server.ts'
import type { WaysIn } from './transports/ways-in.ts'

export type { DaemonStatus } from './operations/daemon-status.ts'

export interface DaemonOptions {
  readonly config: Config
  readonly logger: Logger
  /** Where the configuration stands, for the doctor; default: that is not known. */
  readonly source?: ConfigSource
  /** This machine gets into the dashboard without a key and without a link; default false. */
  readonly opensDashboard?: boolean
  /** Called when {@link Daemon.status} has become `live` or `stale`; default: nobody is told. */
  readonly onState?: () => void
}

/**
 * Starts a hub: listens for clients, connects to the database and reads the journal, for ever. Returns when clients
 * can connect; the database may come later, and clients wait for it.
 *
 * @throws RTB_HUB_PORT_IN_USE, RTB_HUB_PORT_DENIED, RTB_HUB_ADDRESS, RTB_RULE_INVALID, RTB_AUTH_UNDECIDED,
 * RTB_AUTH_OPEN_PUBLIC, RTB_AUTH_KEY_UNUSABLE, RTB_TLS_*
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const daemon = new Daemon(options, await openSignIn(options))
  try {
    await daemon.listen()
  } catch (error) {
    await daemon.close()
    throw error
  }
  return daemon
}

/**
 * A hub with everything it consists of: capture, mapping and transports joined by plain functions.
 * Made by {@link startDaemon}.
 */
export class Daemon {
  /** Names this hub to clients. */
  readonly hubId = randomUUID()
  /** What the last attempt to reload came to: shown by {@link status} until the next one. */
  reloadProblem: RtbridgeError | null = null
  readonly #options: DaemonOptions
  readonly #sessions: Sessions
  readonly #registry = new TableRegistry()
  readonly #fleet: Fleet
  readonly #announcement: Announcement
  readonly #signIn: SignIn
  readonly #rooms: Rooms
  readonly #liveness: Liveness
  readonly #rules: Rules
  readonly #adminSide: AdminSide
  readonly #observed: Observations
  readonly #audit: Audit
  readonly #hub: Hub
  #incarnation: string | null = null
  readonly #onError: ReportTrouble
  #server: HttpServer | null = null
  #capture: Capture | null = null
  #retention: Retention | null = null
  #closing: Promise<void> | null = null

  constructor(options: DaemonOptions, signIn: SignIn) {
    const { config, logger } = options
    this.#options = options
    this.#onError = createTroubleLog(logger)
    this.#signIn = signIn
    this.#sessions = openSessions(config)
    const { database, errands } = this.#sessions
    const self = { ...options, hubId: this.hubId, version: readPackageVersion() }
    this.#announcement = new Announcement(self)
    this.#fleet = new Fleet({
      ...self,
      port: () => this.port,
      pool: errands,
      // Behind a pooler they cannot be counted.
      otherHubs: () => (this.#capture?.pooled === true ? null : (this.#capture?.counters.otherHubs ?? 0)),
      onSiblings: siblings => this.#hub.announceSiblings(siblings),
      onHears: () => this.#hub.announcePresence(),
      onError: this.#onError,
    })
    this.#rooms = openRooms({ config, database, onError: this.#onError })
    this.#liveness = new Liveness({
      ...self,
      pool: errands,
      progress: () => this.#capture?.counters ?? { reads: 0, changes: 0 },
      onVerdict: problem => {
        if (problem === null) this.#hub.setLive()
        else this.#hub.setStale(problem.code)
        options.onState?.()
      },
    })
    this.#rules = new Rules({ ...options, rooms: this.#rooms })
    this.#observed = new Observations(config.tables, Date.now)
    this.#adminSide = new AdminSide({
      ...options,
      sessions: signIn.authenticator.sessions,
      registry: this.#registry,
      failures: this.#rules.failures,
      observed: this.#observed,
      explain: this.#past(),
      status: () => this.status(),
      port: () => this.port,
    })
    this.#audit = config.log.audit === 'on' ? createAuditLog(logger) : () => {}
    this.#hub = this.#createHub()
  }

  /** Resolves when the journal is read for the first time: from here on nothing is missed. */
  get live(): Promise<void> {
    return this.#liveness.live
  }

  get host(): string {
    return this.#options.config.hub.host
  }

  /** The port it listens on: the configured one, or the one the system chose for 0. */
  get port(): number {
    return this.#server?.port ?? this.#options.config.hub.port
  }

  /** Opens the front door, then starts reading. Called once. */
  async listen(): Promise<void> {
    this.#server = await openFrontDoor({
      ...this.#options,
      hub: this.#hub,
      status: () => this.status(),
      metrics: () => this.#observed.metrics(this.status()),
      ways: this.#waysIn(),
      // The door counts for itself.
      audit: this.#audit,
      onCertificate: () => this.#announcement.update({ fingerprint: this.#server?.fingerprint ?? null }),
      onError: this.#onError,
    })
    this.#announcement.start(this.#server)
    this.#capture = new Capture(this.#captureOptions())
    this.#retention = startRetention(this.#options, this.#sessions.replays)
  }

  /**
   * Where an admin opens the dashboard: a link that is good once, for ten minutes.
   * @returns null when there is no dashboard
   * @throws RTB_AUTH_TICKETS when too many links wait to be used
   */
  dashboardLink(): string | null {
    return this.#adminSide.link()
  }

  /** Takes a new certificate into use, if there is one; the old one stays when the new one is not good. */
  reloadCertificate(): void {
    this.#server?.reloadCertificate()
  }

  /**
   * Puts rules, policies and keys of another configuration in force, between two batches, and all of them or none.
   * Settings stay as they are. Clients whose rights are others now are ended (4005), all others go on.
   *
   * @param source where it stands; default: that is not known
   * @throws RTB_RULE_INVALID, RTB_AUTH_KEY_UNUSABLE
   */
  async reload(config: Config, source: ConfigSource | null = null): Promise<void> {
    const useRules = this.#rules.prepare(config)
    const useKeys = await this.#signIn.prepare(config)
    const { authenticator } = this.#signIn
    this.#hub.exchangeRules({
      swap: () => {
        useRules()
        useKeys()
        this.#adminSide.useConfig(config, source)
      },
      hasChanged: identity => authenticator.standingOf(identity) !== 'same',
    })
    this.#fleet.useRules(config)
  }

  /** How it is, at this moment. */
  status(): DaemonStatus {
    return describeStatus({
      hub: this.#hub.stats(),
      server: this.#server,
      certificate: certificateProblem(this.#options.config, this.#server),
      capture: this.#capture,
      journal: this.#retention?.gauges ?? null,
      failures: this.#rules.failures,
      reload: this.reloadProblem,
      observed: this.#observed,
      liveness: this.#liveness,
      fleet: this.#fleet,
      announcement: this.#announcement,
      now: performance.now(),
    })
  }

  /**
   * Sends clients away, lets them take what waits, and ends everything, within ten seconds. Idempotent.
   * @param reason told to clients
   */
  close(reason = 'the hub stops'): Promise<void> {
    this.#closing ??= this.#close(reason)
    return this.#closing
  }

  async #close(reason: string): Promise<void> {
    this.#retention?.close()
    this.#signIn.close()
    this.#observed.close()
    const farewells = [this.#fleet.close(), this.#liveness.close(), this.#announcement.close()]
    await Promise.all([this.#capture?.close(), this.#hub.close(reason), ...farewells])
    await this.#server?.close()
    await Promise.all([this.#sessions.close(), this.#rooms.close()])
  }

  #waysIn(): Partial<WaysIn> {
    return {
      ...this.#signIn.ways,
      roomsOf: identity => this.#rules.access.roomsOf(identity),
      ...this.#adminSide.ways,
      audit: this.#observed.watch(this.#audit),
    }
  }

  /** What it takes to look into the journal's past by the rules in force. */
  #past() {
    return {
      pool: this.#sessions.replays,
      registry: this.#registry,
      incarnation: () => this.#incarnation,
      rules: () => this.#rules.ofTables,
      access: this.#rules.access,
    }
  }

  #createHub(): Hub {
    const { config, logger } = this.#options
    const { replays, errands, tables } = this.#sessions
    const onUnreadable = createUnreadableLog(logger)
    return new Hub({
      hubId: this.hubId,
      history: mappedHistory(this.#past(), this.#rules.toEvents),
      tables: new TableReader({ pool: tables, errands, incarnationOf, onUnreadable }),
      lookNow: () => this.#capture?.lookNow(),
      limits: { ...hubLimits(config), ...this.#rooms.limits },
      clock: systemClock,
      signals: this.#fleet.bus,
      presenceBus: this.#fleet.bus,
      publishDurable: event => publishEvent(replays, event),
      authenticator: this.#signIn.authenticator,
      access: this.#rules.access,
      audit: this.#observed.watch(this.#audit),
      heartbeatMs: config.hub.heartbeatMs,
      newId: randomUUID,
      random: Math.random,
      onError: this.#onError,
    })
  }

  #captureOptions(): CaptureOptions {
    const { config, logger } = this.#options
    const log = logger.child({ part: 'capture' })
    return {
      ...config.capture,
      database: this.#sessions.database,
      doorbell: config.database.doorbell === 'on',
      fence: true,
      hasClients: () => this.#hub.connections().length > 0,
      channels: [
        ...config.channels,
        ...this.#fleet.channels,
        ...(this.#signIn.isNeeded ? [revocationChannel] : []),
      ],
      registry: this.#registry,
      random: Math.random,
      checkSchema,
      onStart: (cursor, gap) => {
        this.#incarnation = cursor.incarnation
        this.#announcement.update({ incarnation: historyOf(cursor.incarnation) })
        if (gap === null) this.#hub.start(cursor)
        else this.#hub.reset(cursor, gap)
        log.info({ incarnation: cursor.incarnation, gap }, 'reading the journal from here')
      },
      onBatch: ({ changes, cursor }) => {
        const events = this.#rules.toEvents(changes, historyOf(cursor.incarnation))
        const delivered = this.#hub.publish({ events, cursor })
        const { clockOffsetMs } = this.#liveness.canary.status
        this.#observed.published({ changes, events, delivered, cursor, clockOffsetMs })
      },
      onCanary: change => this.#liveness.canary.see(change),
      onNotification: (channel, payload) => {
        if (channel === revocationChannel) this.#signIn.refresh()
        else if (this.#fleet.channels.includes(channel)) this.#fleet.bus.receive(payload)
        else bridgeChannel(this.#fleet.bus, channel, payload).catch(error => this.#onError(error, 'channels'))
      },
      onState: state => {
        if (state.live) {
          void this.#fleet.start(historyOf(this.#incarnation ?? ''), !state.pooled)
          this.#signIn.start(this.#sessions.errands)
        }
        this.#liveness.see(state)
      },
    }
  }
}
