import type { LoadedConfig } from './load-config.ts'
import { redactUrl } from './redact.ts'
import type { Origin } from './resolve-settings.ts'
import type { SettingKey } from './settings.ts'
import { settingKeys } from './settings.ts'

/** One line of `config show`. */
export interface DescribedSetting {
  readonly key: SettingKey
  /** As the configuration holds it: ms, bytes; secrets hidden. Null = not set. */
  readonly value: string | number | null
  readonly origin: Origin
}

/** Every setting with its value and origin, in file order, without secrets. */
export function describeConfig({ config, origins }: LoadedConfig): readonly DescribedSetting[] {
  const { database, hub, journal, capture, rooms, signals, presence, bus, log } = config
  const values: Record<SettingKey, string | number | null> = {
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
    'journal.retention': journal.retentionMs,
    'journal.max_size': journal.maxSizeBytes,
    'journal.max_row': journal.maxRowBytes,
    'capture.pacing': capture.pacingMs,
    'capture.safety_read': capture.safetyReadMs,
    'capture.canary': config.capture.canaryMs,
    'capture.canary_timeout': config.capture.canaryTimeoutMs,
    'rooms.default': rooms.others,
    'rooms.recheck': rooms.recheckMs,
    'signals.rate': signals.perSecond,
    'signals.burst': signals.burst,
    'signals.max_size': signals.maxBytes,
    'signals.members_only': signals.membersOnly,
    'presence.grace': presence.graceMs,
    'presence.heartbeat': presence.heartbeatMs,
    'presence.remember': presence.rememberMs,
    'bus.url': bus.url === null ? null : redactUrl(bus.url),
    'log.level': log.level,
  }
  return settingKeys.map(key => ({ key, value: values[key], origin: origins[key] }))
}
