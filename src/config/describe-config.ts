import type { LoadedConfig } from './load-config.ts'
import { redactUrl } from './redact.ts'
import type { Origin } from './resolve-settings.ts'
import type { SettingKey } from './settings.ts'
import { settingKeys } from './settings.ts'

/** One line of `config show`. */
export interface DescribedSetting {
  readonly key: SettingKey
  /** As the configuration holds it: ms, bytes; secrets hidden. Null = not set. */
  readonly value: string | number | readonly string[] | null
  readonly origin: Origin
}

/** Every setting with its value and origin, in file order, without secrets. */
export function describeConfig({ config, origins }: LoadedConfig): readonly DescribedSetting[] {
  const { database, hub, journal, capture, auth, log } = config
  const values: Record<SettingKey, DescribedSetting['value']> = {
    'database.url': database.url === null ? null : redactUrl(database.url),
    'database.connect_timeout': database.connectTimeoutMs,
    'database.doorbell': database.doorbell,
    'database.signals': config.database.signals,
    'hub.host': hub.host,
    'hub.port': hub.port,
    'hub.max_message': hub.maxMessageBytes,
    'hub.heartbeat': hub.heartbeatMs,
    'hub.queue': hub.queueBytes,
    'hub.stalled_after': hub.stalledAfterMs,
    'hub.checkpoint_every': hub.checkpointEveryMs,
    'hub.tail': hub.tailBytes,
    'hub.max_subscriptions': hub.maxSubscriptions,
    'http.cors_origins': config.http.corsOrigins,
    'journal.retention': journal.retentionMs,
    'journal.max_size': journal.maxSizeBytes,
    'journal.max_row': journal.maxRowBytes,
    'capture.pacing': capture.pacingMs,
    'capture.safety_read': capture.safetyReadMs,
    'capture.canary': config.capture.canaryMs,
    'capture.canary_timeout': config.capture.canaryTimeoutMs,
    'auth.mode': auth.mode,
    'auth.allow_token_in_url': auth.allowTokenInUrl ? 'on' : 'off',
    'auth.failed_attempts': auth.failedAttempts,
    'log.level': log.level,
    'log.audit': log.audit,
  }
  return settingKeys.map(key => ({ key, value: values[key], origin: origins[key] }))
}
