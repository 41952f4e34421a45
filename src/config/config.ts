import type { AuthSettings } from '../domain/auth-settings.ts'
import type { Policies } from '../domain/policy.ts'
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
  readonly http: {
    /** Exact origins whose pages may read answers. */
    readonly corsOrigins: readonly string[]
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
  readonly auth: AuthSettings
  readonly log: { readonly level: SettingValue<'log.level'>; readonly audit: 'on' | 'off' }
  /** In file order; empty = every captured table gives table events. */
  readonly tables: readonly TableRule[]
  /** Existing `pg_notify` channels to pass on, with the losses they have. */
  readonly channels: readonly string[]
  /** Who may see and send what; null = everybody everything. */
  readonly policies: Policies | null
}

/** Puts resolved values into the shape of a {@link Config}. */
export function createConfig(
  settingOf: <Key extends SettingKey>(key: Key) => SettingValue<Key>,
  rules: Pick<Config, 'tables' | 'channels' | 'policies'> & {
    readonly auth: Pick<AuthSettings, 'keys' | 'jwt'>
  },
): Config {
  return {
    database: {
      url: settingOf('database.url'),
      connectTimeoutMs: settingOf('database.connect_timeout'),
      doorbell: settingOf('database.doorbell'),
      signals: settingOf('database.signals') ?? settingOf('database.doorbell'),
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
    http: { corsOrigins: settingOf('http.cors_origins') },
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
    auth: {
      mode: settingOf('auth.mode'),
      allowTokenInUrl: settingOf('auth.allow_token_in_url') === 'on',
      failedAttempts: settingOf('auth.failed_attempts'),
      ...rules.auth,
    },
    log: { level: settingOf('log.level'), audit: settingOf('log.audit') },
    tables: rules.tables,
    channels: rules.channels,
    policies: rules.policies,
  }
}
