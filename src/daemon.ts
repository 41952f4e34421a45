import { randomUUID } from 'node:crypto'
import { createIdentify } from './access/identify.ts'
import { AdminSide } from './admin-side.ts'
import { Announcement } from './announcement.ts'
import { bridgeChannel } from './bridge-channel.ts'
import { Canary } from './capture/canary.ts'
import { Capture, type CaptureOptions } from './capture/capture.ts'
import { ChangeHistory } from './capture/change-history.ts'
import { incarnationOf } from './capture/incarnation.ts'
import type { Retention } from './capture/retention.ts'
import { TableRegistry } from './capture/table-registry.ts'
import { readPackageVersion } from './cli/package-info.ts'
import type { Config } from './config/config.ts'
import type { DatabaseOptions } from './database/connection-settings.ts'
import { openPool, type Pool } from './database/pool.ts'
import { publishEvent } from './database/publish-event.ts'
import { revocationChannel } from './database/revocations.ts'
import type { Audit } from './domain/audit.ts'
import { historyOf } from './domain/cursor.ts'
import { type RtbridgeError, rtbridgeError } from './domain/errors/registry.ts'
import { Fleet } from './fleet.ts'
import { certificateProblem, frontDoorOptions, hubLimits } from './front-door.ts'
import { systemClock } from './hub/clock.ts'
import { Hub } from './hub/hub.ts'
import { checkSchema } from './install/check-schema.ts'
import type { Logger } from './logging.ts'
import { mappedHistory } from './mapped-history.ts'
import { createAuditLog } from './operations/audit-log.ts'
import { type DaemonStatus, describeStatus } from './operations/daemon-status.ts'
import { Observations } from './operations/observations.ts'
import { createRepeatFilter } from './operations/repeat-filter.ts'
import { openRooms, type Rooms } from './rooms.ts'
import { Rules } from './rules.ts'
import { openSignIn, type SignIn } from './sign-in.ts'
import { TableReader } from './snapshots/table-reader.ts'
import { startRetention } from './start-retention.ts'
import { type HttpServer, openHttpServer } from './transports/http-server.ts'
import type { WaysIn } from './transports/ways-in.ts'
import { createTroubleLog, type ReportTrouble } from './trouble-log.ts'

export type { DaemonStatus } from './operations/daemon-status.ts'

export interface DaemonOptions {
  readonly config: Config
  readonly logger: Logger
  /** This machine gets into the dashboard without a key and without a link; default false. */
  readonly opensDashboard?: boolean
}

/** Sessions for replays, publishing and pruning; the live reader has its own. */
const poolSize = 6
/** A statement without an answer for longer is given up with its connection. */
export const answerTimeoutMs = 15_000
/** A replay sorts everything since a cursor before its first row comes. */
const replayTimeoutMs = 120_000
/** Sessions for what is short and must not wait for a replay: the canary, and signals. */
const errandSessions = 2
const errandTimeoutMs = 5_000
/** The same trouble is logged again after this. */
const remindEveryMs = 60_000

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
  readonly #options: DaemonOptions
  readonly #database: DatabaseOptions
  readonly #pool: Pool
  readonly #errands: Pool
  /** What a read of a table takes must not be missing to replays. */
  readonly #tablePool: Pool
  readonly #registry = new TableRegistry()
  readonly #fleet: Fleet
  readonly #announcement: Announcement
  readonly #signIn: SignIn
  readonly #rooms: Rooms
  readonly #canary: Canary
  readonly #rules: Rules
  readonly #adminSide: AdminSide
  readonly #observed: Observations
  readonly #audit: Audit
  readonly #hub: Hub
  #reportLive: () => void = () => {}
  /** Resolves when the journal is read for the first time: from here on nothing is missed. */
  readonly live = new Promise<void>(resolve => {
    this.#reportLive = resolve
  })
  #incarnation: string | null = null
  #error: RtbridgeError | null = null
  #reloadProblem: RtbridgeError | null = null
  readonly #onError: ReportTrouble
  #server: HttpServer | null = null
  #capture: Capture | null = null
  #retention: Retention | null = null
  #closing: Promise<void> | null = null

  constructor(options: DaemonOptions, signIn: SignIn) {
    const { config, logger } = options
    this.#options = options
    this.#onError = createTroubleLog(logger, remindEveryMs)
    this.#signIn = signIn
    this.#database = { ...config.database, answerTimeoutMs }
    this.#pool = openPool({ ...this.#database, answerTimeoutMs: replayTimeoutMs }, poolSize)
    this.#errands = openPool({ ...this.#database, answerTimeoutMs: errandTimeoutMs }, errandSessions)
    const self = { ...options, hubId: this.hubId, version: readPackageVersion() }
    this.#announcement = new Announcement(self)
    this.#tablePool = openPool(
      { ...this.#database, answerTimeoutMs: replayTimeoutMs },
      config.limits.snapshots,
    )
    this.#fleet = new Fleet({
      ...self,
      port: () => this.port,
      pool: this.#errands,
      // Behind a pooler they cannot be counted.
      otherHubs: () => (this.#capture?.pooled === true ? null : (this.#capture?.counters.otherHubs ?? 0)),
      onSiblings: siblings => this.#hub.announceSiblings(siblings),
      onHears: () => this.#hub.announcePresence(),
      onError: this.#onError,
    })
    this.#rooms = openRooms({ config, database: this.#database, onError: this.#onError })
    this.#canary = this.#createCanary()
    this.#rules = new Rules({ ...options, rooms: this.#rooms })
    this.#adminSide = new AdminSide({
      ...options,
      sessions: signIn.authenticator.sessions,
      registry: this.#registry,
      failures: this.#rules.failures,
    })
    const isAudited = config.log.audit === 'on'
    this.#audit = isAudited ? createAuditLog((fields, message) => logger.info(fields, message)) : () => {}
    this.#observed = new Observations(config.tables, Date.now)
    this.#hub = this.#createHub()
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
    const { config, logger } = this.#options
    const log = logger.child({ part: 'tls' })
    this.#server = await openHttpServer({
      ...frontDoorOptions(config),
      hub: this.#hub,
      health: () => {
        const body = this.status()
        return { ready: body.state === 'live', body }
      },
      metrics: () => this.#observed.metrics(this.status()),
      ways: this.#waysIn(),
      // The door counts for itself.
      audit: this.#audit,
      onCertificate: validToMs => {
        log.info({ valid_to: new Date(validToMs) }, 'a new certificate is in use')
        this.#announcement.update({ fingerprint: this.#server?.fingerprint ?? null })
      },
      onError: this.#onError,
    })
    const expiring = certificateProblem(config, this.#server)
    if (expiring !== null) log.warn({ err: expiring }, 'the certificate ends soon')
    this.#announcement.start(this.#server)
    this.#capture = new Capture(this.#captureOptions(config.capture))
    this.#retention = startRetention(this.#options, this.#pool)
  }

  /**
   * Where an admin opens the dashboard: a link that is good once, for ten minutes.
   * @returns null when there is no dashboard
   * @throws RTB_AUTH_TICKETS when too many links wait to be used
   */
  dashboardLink(): string | null {
    return this.#adminSide.link(this.port)
  }

  /** Takes a new certificate into use, if there is one; the old one stays when the new one is not good. */
  reloadCertificate(): void {
    this.#server?.reloadCertificate()
  }

  /**
   * Puts rules, policies and keys of another configuration in force, between two batches, and all of them or none.
   * Settings stay as they are. Clients whose rights are others now are ended (4005), all others go on.
   *
   * @throws RTB_RULE_INVALID, RTB_AUTH_KEY_UNUSABLE
   */
  async reload(config: Config): Promise<void> {
    const useRules = this.#rules.prepare(config)
    const useKeys = await this.#signIn.prepare(config)
    const { authenticator } = this.#signIn
    this.#hub.exchangeRules({
      swap: () => {
        useRules()
        useKeys()
      },
      hasChanged: identity => authenticator.standingOf(identity) !== 'same',
    })
    this.#fleet.useRules(config)
  }

  /** What the last attempt to reload came to: shown by {@link status} until the next one. */
  set reloadProblem(problem: RtbridgeError | null) {
    this.#reloadProblem = problem
  }

  /** How it is, at this moment. */
  status(): DaemonStatus {
    return describeStatus({
      self: this.#fleet.self,
      hub: this.#hub.stats(),
      door: this.#server?.door ?? null,
      certificate: certificateProblem(this.#options.config, this.#server),
      capture: this.#capture,
      journal: this.#retention?.gauges ?? null,
      certificateEnds: this.#server?.validToMs ?? null,
      failures: this.#rules.failures,
      reload: this.#reloadProblem,
      traffic: this.#observed.traffic,
      denials: this.#observed.denials,
      error: this.#error,
      canary: this.#canary,
      hubs: this.#fleet.list(),
      signals: this.#fleet.status,
      bus: this.#fleet.problem,
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
    const farewells = [this.#fleet.close(), this.#canary.close(), this.#announcement.close()]
    await Promise.all([this.#capture?.close(), this.#hub.close(reason), ...farewells])
    await this.#server?.close()
    const pools = [this.#pool, this.#tablePool, this.#errands, this.#rooms]
    await Promise.all(pools.map(pool => pool.close()))
  }

  #waysIn(): Partial<WaysIn> {
    const { authenticator, isNeeded } = this.#signIn
    return {
      isOpen: !isNeeded,
      identify: createIdentify(authenticator, authenticator),
      issueTicket: isNeeded ? async identity => this.#signIn.issueTicket(identity) : null,
      roomsOf: identity => this.#rules.access.roomsOf(identity),
      ...this.#adminSide.ways,
      audit: this.#observed.watch(this.#audit),
    }
  }

  #createHub(): Hub {
    const { config } = this.#options
    const changes = new ChangeHistory({
      pool: this.#pool,
      registry: this.#registry,
      incarnation: () => this.#incarnation,
      now: () => performance.now(),
    })
    return new Hub({
      hubId: this.hubId,
      history: mappedHistory(changes, this.#rules.toEvents),
      tables: new TableReader({ pool: this.#tablePool, errands: this.#errands, incarnationOf }),
      lookNow: () => this.#capture?.lookNow(),
      limits: { ...hubLimits(config), ...this.#rooms.limits },
      clock: systemClock,
      signals: this.#fleet.bus,
      presenceBus: this.#fleet.bus,
      publishDurable: event => publishEvent(this.#pool, event),
      authenticator: this.#signIn.authenticator,
      access: this.#rules.access,
      audit: this.#observed.watch(this.#audit),
      heartbeatMs: config.hub.heartbeatMs,
      newId: randomUUID,
      random: Math.random,
      onError: this.#onError,
    })
  }

  #captureOptions(timing: Config['capture']): CaptureOptions {
    const { config, logger } = this.#options
    const log = logger.child({ part: 'capture' })
    const isNews = createRepeatFilter(remindEveryMs, () => performance.now())
    return {
      ...timing,
      database: this.#database,
      doorbell: config.database.doorbell === 'on',
      fence: true,
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
        this.#adminSide.tally.add(changes, events)
        const delivered = this.#hub.publish({ events, cursor })
        const { clockOffsetMs } = this.#canary.status
        this.#observed.published({ changes, events, delivered, cursor, clockOffsetMs })
      },
      onCanary: change => this.#canary.see(change),
      onNotification: (channel, payload) => {
        if (channel === revocationChannel) this.#signIn.refresh()
        else if (this.#fleet.channels.includes(channel)) this.#fleet.bus.receive(payload)
        else bridgeChannel(this.#fleet.bus, channel, payload).catch(error => this.#onError(error, 'channels'))
      },
      onState: state => {
        this.#error = state.live ? null : state.error
        if (state.live) {
          this.#canary.start()
          void this.#fleet.start(historyOf(this.#incarnation ?? ''), !state.pooled)
          this.#signIn.start(this.#errands)
          this.#judge()
          this.#reportLive()
          isNews('')
          log.info('database connected')
          if (state.pooled)
            log.warn({ err: rtbridgeError('RTB_DATABASE_POOLER', {}) }, 'reading at intervals')
        } else {
          this.#canary.rest()
          this.#judge()
          if (isNews(state.error.code)) log.warn({ err: state.error }, 'database away, retrying')
        }
      },
    }
  }

  /** Live with the database there and the canary coming round; clients are told of every change. */
  #judge(): void {
    const problem = this.#error ?? this.#canary.problem
    if (problem === null) this.#hub.setLive()
    else this.#hub.setStale(problem.code)
  }

  #createCanary(): Canary {
    const { config, logger } = this.#options
    const log = logger.child({ part: 'canary' })
    return new Canary({
      hubId: this.hubId,
      pool: this.#errands,
      everyMs: config.capture.canaryMs,
      timeoutMs: config.capture.canaryTimeoutMs,
      progress: () => this.#capture?.counters ?? { reads: 0, changes: 0 },
      now: () => performance.now(),
      wallClock: Date.now,
      onChange: problem => {
        this.#judge()
        if (problem === null) log.info('changes come through again')
        else log.warn({ err: problem }, 'changes do not come through')
      },
    })
  }
}
