import type { RoomRule, RoomRules } from '../domain/room-rule.ts'
import type { TableRule } from '../domain/rule.ts'
import type { SettingKey, SettingValue } from './settings.ts'

/** Everything a hub is told, resolved and frozen. Durations in ms, sizes in bytes. */
export interface Config {
  readonly database: {
    /** Null = `PGHOST`, `PGUSER`, … and the driver's defaults. */
    readonly url: string | null
    readonly connectTimeoutMs: number
    readonly doorbell: 'on' | 'off'
    /** Signals travel between hubs. */
    readonly signals: 'on' | 'off'
  }
  readonly hub: {
    readonly host: string
    /** 0 = any free port. */
    readonly port: number
    readonly maxMessageBytes: number
    readonly heartbeatMs: number
    /** Longest queue of one client. */
    readonly queueBytes: number
    readonly stalledAfterMs: number
    readonly checkpointEveryMs: number
    /** Recent events kept in memory. */
    readonly tailBytes: number
    readonly maxSubscriptions: number
  }
  readonly journal: {
    readonly retentionMs: number
    readonly maxSizeBytes: number
    /** Default for tables that name no `max_row`. */
    readonly maxRowBytes: number
  }
  readonly capture: {
    /** Pause between reads while changes come. */
    readonly pacingMs: number
    readonly safetyReadMs: number
    /** Pause between two rounds of the canary. */
    readonly canaryMs: number
    readonly canaryTimeoutMs: number
  }
  readonly rooms: RoomRules & {
    /** How long an answer of the database is good. */
    readonly recheckMs: number
  }
  readonly signals: {
    readonly perSecond: number
    readonly burst: number
    readonly maxBytes: number
    readonly membersOnly: 'on' | 'off'
  }
  readonly presence: {
    readonly graceMs: number
    readonly heartbeatMs: number
    readonly rememberMs: number
  }
  /** What carries signals and presence between hubs; null = PostgreSQL. */
  readonly bus: { readonly url: string | null }
  readonly log: { readonly level: SettingValue<'log.level'> }
  /** In file order; empty = every captured table gives table events. */
  readonly tables: readonly TableRule[]
  /** Existing `pg_notify` channels to pass on, with the losses they have. */
  readonly channels: readonly string[]
}

/** Puts resolved values into the shape of a {@link Config}. */
export function createConfig(
  settingOf: <Key extends SettingKey>(key: Key) => SettingValue<Key>,
  rules: {
    readonly tables: readonly TableRule[]
    readonly channels: readonly string[]
    readonly rooms: readonly RoomRule[]
  },
): Config {
  return {
    database: {
      url: settingOf('database.url'),
      connectTimeoutMs: settingOf('database.connect_timeout'),
      doorbell: settingOf('database.doorbell'),
      signals:
        settingOf('database.signals') ??
        (settingOf('bus.url') === null ? settingOf('database.doorbell') : 'on'),
    },
    hub: {
      host: settingOf('hub.host'),
      port: settingOf('hub.port'),
      maxMessageBytes: settingOf('hub.max_message'),
      heartbeatMs: settingOf('hub.heartbeat'),
      queueBytes: settingOf('hub.queue'),
      stalledAfterMs: settingOf('hub.stalled_after'),
      checkpointEveryMs: settingOf('hub.checkpoint_every'),
      tailBytes: settingOf('hub.tail'),
      maxSubscriptions: settingOf('hub.max_subscriptions'),
    },
    journal: {
      retentionMs: settingOf('journal.retention'),
      maxSizeBytes: settingOf('journal.max_size'),
      maxRowBytes: settingOf('journal.max_row'),
    },
    capture: {
      pacingMs: settingOf('capture.pacing'),
      safetyReadMs: settingOf('capture.safety_read'),
      canaryMs: settingOf('capture.canary'),
      canaryTimeoutMs: settingOf('capture.canary_timeout'),
    },
    rooms: {
      others: settingOf('rooms.default') ?? (rules.rooms.length === 0 ? 'allow' : 'deny'),
      recheckMs: settingOf('rooms.recheck'),
      rules: rules.rooms,
    },
    signals: {
      perSecond: settingOf('signals.rate'),
      burst: settingOf('signals.burst'),
      maxBytes: settingOf('signals.max_size'),
      membersOnly: settingOf('signals.members_only'),
    },
    presence: {
      graceMs: settingOf('presence.grace'),
      heartbeatMs: settingOf('presence.heartbeat'),
      rememberMs: settingOf('presence.remember'),
    },
    bus: { url: settingOf('bus.url') },
    log: { level: settingOf('log.level') },
    tables: rules.tables,
    channels: rules.channels,
  }
}
