import type { TableRule } from '../domain/rule.ts'
import type { SettingKey, SettingValue } from './settings.ts'

/** Everything a hub is told, resolved and frozen. Durations in ms, sizes in bytes. */
export interface Config {
  readonly database: {
    /** Null = `PGHOST`, `PGUSER`, … and the driver's defaults. */
    readonly url: string | null
    readonly connectTimeoutMs: number
    readonly doorbell: 'on' | 'off'
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
  }
  readonly log: { readonly level: SettingValue<'log.level'> }
  /** In file order; empty = every captured table gives table events. */
  readonly tables: readonly TableRule[]
  /** Existing `pg_notify` channels to pass on, with the losses they have. */
  readonly channels: readonly string[]
}

/** Puts resolved values into the shape of a {@link Config}. */
export function createConfig(
  valueOf: <Key extends SettingKey>(key: Key) => SettingValue<Key>,
  rules: { readonly tables: readonly TableRule[]; readonly channels: readonly string[] },
): Config {
  return {
    database: {
      url: valueOf('database.url'),
      connectTimeoutMs: valueOf('database.connect_timeout'),
      doorbell: valueOf('database.doorbell'),
    },
    hub: {
      host: valueOf('hub.host'),
      port: valueOf('hub.port'),
      maxMessageBytes: valueOf('hub.max_message'),
      heartbeatMs: valueOf('hub.heartbeat'),
      queueBytes: valueOf('hub.queue'),
      stalledAfterMs: valueOf('hub.stalled_after'),
      checkpointEveryMs: valueOf('hub.checkpoint_every'),
      tailBytes: valueOf('hub.tail'),
      maxSubscriptions: valueOf('hub.max_subscriptions'),
    },
    journal: {
      retentionMs: valueOf('journal.retention'),
      maxSizeBytes: valueOf('journal.max_size'),
      maxRowBytes: valueOf('journal.max_row'),
    },
    capture: { pacingMs: valueOf('capture.pacing'), safetyReadMs: valueOf('capture.safety_read') },
    log: { level: valueOf('log.level') },
    ...rules,
  }
}
