import { randomUUID } from 'node:crypto'
import { Capture } from './capture/capture.ts'
import { ChangeHistory } from './capture/change-history.ts'
import { Retention } from './capture/retention.ts'
import { TableRegistry } from './capture/table-registry.ts'
import type { Config } from './config/config.ts'
import { openPool, type Pool } from './database/pool.ts'
import type { Change } from './domain/change.ts'
import type { RtbridgeError } from './domain/errors/registry.ts'
import type { Event } from './domain/event.ts'
import type { EventBatch, History } from './domain/event-batch.ts'
import { systemClock } from './hub/clock.ts'
import { Hub } from './hub/hub.ts'
import { defaultLimits } from './hub/limits.ts'
import { createLocalSignalBus, type SignalBus } from './hub/signal-bus.ts'
import { checkSchema } from './install/check-schema.ts'
import type { Logger } from './logging.ts'
import { bridgeNotification } from './mapping/bridge-notification.ts'
import { mapChange } from './mapping/map-change.ts'
import { restoreRowOrder } from './mapping/restore-row-order.ts'
import { compileRules } from './mapping/rule-set.ts'
import { type DaemonStatus, describeStatus } from './operations/daemon-status.ts'
import { RuleFailures } from './operations/rule-failures.ts'
import { defaultHttpLimits, openHttpServer } from './transports/http-server.ts'

export type { DaemonStatus } from './operations/daemon-status.ts'

export interface DaemonOptions {
  readonly config: Config
  readonly logger: Logger
}

/** A running hub. */
export interface Daemon {
  /** Names this hub to clients. */
  readonly hubId: string
  /** Where clients connect; the port is the one the system chose when 0 was configured. */
  readonly host: string
  readonly port: number
  status(): DaemonStatus
  /** Resolves when the journal is being read for the first time. */
  readonly live: Promise<void>
  /** Sends clients away, flushes, ends within ten seconds. Idempotent. */
  close(reason?: string): Promise<void>
}

/** Sessions for replays, publishing and pruning; the live reader has its own. */
const poolSize = 6
const answerTimeoutMs = 15_000
const pruneEveryMs = 60_000

/**
 * Starts a hub: listens for clients, connects to the database, and reads the journal, for ever. Returns when clients can
 * connect; the database may come later, and clients wait for it.
 *
 * @throws RTB_HUB_PORT_IN_USE, RTB_HUB_PORT_DENIED, RTB_RULE_INVALID
 */
export async function startDaemon({ config, logger }: DaemonOptions): Promise<Daemon> {
  const hubId = randomUUID()
  const startedAt = new Date().toISOString()
  const database = { ...config.database, answerTimeoutMs }
  const pool = openPool(database, poolSize)
  const registry = new TableRegistry()
  const signals = createLocalSignalBus()
  const failures = new RuleFailures(failure => logger.warn({ part: 'rules', ...failure }, 'rule failed'), Date.now)
  const toEvents = createMapper(config, failures)
  const onError = (error: unknown, part: string) => logger.error({ part, err: error }, 'failed')

  let incarnation: string | null = null
  const changes = new ChangeHistory({ pool, registry, incarnation: () => incarnation, now: () => performance.now() })
  const hub = new Hub({
    hubId,
    history: mappedHistory(changes, toEvents),
    limits: { ...defaultLimits, ...config.hub, maxFrameBytes: config.hub.maxMessageBytes },
    clock: systemClock,
    signals,
    publishDurable: durablePublisher(pool),
    heartbeatMs: config.hub.heartbeatMs,
    newId: randomUUID,
    random: Math.random,
    onError,
  })
  const state: { error: RtbridgeError | null } = { error: null }
  const server = await openHttpServer({
    host: config.hub.host,
    port: config.hub.port,
    hub,
    health: () => {
      const body = status()
      return { ready: body.database.connected, body }
    },
    limits: { ...defaultHttpLimits, maxFrameBytes: config.hub.maxMessageBytes, heartbeatMs: config.hub.heartbeatMs },
    onError,
  })
  const retention = new Retention({
    pool,
    keepMs: config.journal.retentionMs,
    maxBytes: config.journal.maxBytes,
    everyMs: pruneEveryMs,
    onPruned: rows => logger.debug({ part: 'retention', rows }, 'journal pruned'),
    // The live reader reports a database that is away; retention tries again at its next turn.
    onError: error => logger.debug({ part: 'retention', err: error }, 'pruning failed'),
  })
  let reportLive: () => void = () => {}
  const live = new Promise<void>(resolve => {
    reportLive = resolve
  })
  const capture = new Capture({
    database,
    doorbell: config.database.doorbell,
    pacingMs: config.capture.pacingMs,
    safetyReadMs: config.capture.safetyReadMs,
    fence: true,
    channels: config.channels,
    registry,
    random: Math.random,
    checkSchema,
    onStart: (cursor, gap) => {
      incarnation = cursor.incarnation
      if (gap === null) hub.start(cursor)
      else hub.reset(cursor, gap)
      logger.info({ part: 'capture', incarnation, gap }, 'reading the journal from here')
    },
    onBatch: batch => hub.publish({ events: toEvents(batch.changes, batch.cursor.incarnation), cursor: batch.cursor }),
    onNotification: (channel, payload) => bridge(signals, channel, payload),
    onState: next => {
      state.error = next.live ? null : next.error
      if (next.live) {
        hub.setLive()
        reportLive()
        logger.info({ part: 'capture' }, 'database connected')
      } else {
        hub.setStale(next.error.code)
        logger.warn({ part: 'capture', err: next.error }, 'database away, retrying')
      }
    },
  })
  const status = () =>
    describeStatus({ hubId, startedAt, hub: hub.stats(), capture, registry, failures, error: state.error })
  let closing: Promise<void> | null = null
  const close = async (reason: string) => {
    retention.close()
    await capture.close()
    await hub.close(reason)
    await server.close()
    await pool.close()
  }
  return {
    hubId,
    host: config.hub.host,
    port: server.port,
    status,
    live,
    close: (reason = 'the hub stops') => {
      closing ??= close(reason)
      return closing
    },
  }
}

type ToEvents = (changes: readonly Change[], incarnation: string) => Event[]

function createMapper(config: Config, failures: RuleFailures): ToEvents {
  const rules = compileRules(config.tables)
  return (changes, incarnation) =>
    restoreRowOrder(changes).flatMap(change => {
      const { events, errors } = mapChange(change, rules.forTable(change.table), incarnation)
      for (const failure of errors) failures.add(failure)
      return events
    })
}

/** The journal's past as events: the same mapping as live. */
function mappedHistory(changes: ChangeHistory, toEvents: ToEvents): History {
  return {
    check: cursor => changes.check(cursor),
    async *replay(from, to, signal): AsyncGenerator<EventBatch> {
      for await (const piece of changes.replay(from, to, signal)) {
        yield { events: toEvents(piece.changes, piece.cursor.incarnation), cursor: piece.cursor }
      }
    },
  }
}

function durablePublisher(pool: Pool) {
  return async (event: { eventType: string; data: string; room: string | null; origin: string }) => {
    const sql = `SELECT set_config('rtbridge.origin', $4, true), rtbridge.publish($1, $2::jsonb, $3)`
    await pool.query(sql, [event.eventType, event.data, event.room, event.origin])
  }
}

/** A notification of an existing channel goes to every app, with the loss that such notifications have. */
function bridge(signals: SignalBus, channel: string, payload: string): void {
  const { eventType, data } = bridgeNotification(channel, payload)
  const at = new Date().toISOString()
  const origin = `channel:${channel}`
  void signals.publish({ eventId: randomUUID(), eventType, data, room: null, origin, connectionId: '', at })
}
