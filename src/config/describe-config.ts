import type { Config } from './config.ts'
import type { LoadedConfig } from './load-config.ts'
import { redactUrl } from './redact.ts'
import type { Origin } from './resolve-settings.ts'
import type { SettingKey } from './settings.ts'
import { settingKeys, settings } from './settings.ts'
import type { ValueKind } from './value-kinds.ts'

/** One line of `config show`. */
export interface DescribedSetting {
  readonly key: SettingKey
  /** As the configuration holds it: ms, bytes; secrets hidden. Null = not set. */
  readonly value: string | number | readonly string[] | null
  readonly origin: Origin
}

/** Every setting with its value and origin, in file order, without secrets. */
export function describeConfig({ config, origins }: LoadedConfig): readonly DescribedSetting[] {
  const values = settingValues(config)
  const shown = (key: SettingKey) => {
    const value = values[key]
    return secretUrls.includes(key) && typeof value === 'string' ? redactUrl(value) : value
  }
  return settingKeys.map(key => ({ key, value: shown(key), origin: origins[key] }))
}

/** The value of a setting as a file may have it: `5s`, `64KiB`, `[a, b]`. */
export function writtenValue({ key, value }: Pick<DescribedSetting, 'key' | 'value'>): string {
  if (value === null) return '(not set)'
  if (Array.isArray(value)) return `[${value.join(', ')}]`
  const { print = String }: ValueKind<unknown> = settings[key].kind
  return print(value)
}

/** A password may stand in these. */
const secretUrls: readonly SettingKey[] = ['database.url', 'bus.url']

/** The value of every setting, secrets in the clear. */
export function settingValues(config: Config): Record<SettingKey, DescribedSetting['value']> {
  const { database, hub, tls, limits, journal, capture } = config
  const { auth, rooms, signals, presence, bus, log } = config
  return {
    'database.url': database.url,
    'database.connect_timeout': database.connectTimeoutMs,
    'database.doorbell': database.doorbell,
    'database.signals': config.database.signals,
    'hub.host': hub.host,
    'hub.port': hub.port,
    'hub.public_url': hub.publicUrl,
    'hub.max_message': hub.maxMessageBytes,
    'hub.heartbeat': hub.heartbeatMs,
    'hub.queue': hub.queueBytes,
    'hub.stalled_after': hub.stalledAfterMs,
    'hub.checkpoint_every': hub.checkpointEveryMs,
    'hub.tail': hub.tailBytes,
    'hub.max_subscriptions': hub.maxSubscriptions,
    'hub.allow_addresses': hub.allowAddresses,
    'hub.allow_hosts': hub.allowHosts,
    'hub.allow_origins': hub.allowOrigins,
    'hub.dashboard': hub.dashboard,
    'tls.cert': tls.certFile,
    'tls.key': tls.keyFile,
    'tls.min_version': tls.minVersion,
    'tls.ca': tls.caFile,
    'limits.connections': limits.connections,
    'limits.connections_per_address': limits.connectionsPerAddress,
    'limits.half_open': limits.halfOpen,
    'limits.handshakes': limits.handshakesPerSecond,
    'limits.handshakes_per_address': limits.handshakesPerSecondPerAddress,
    'limits.shared_addresses': limits.sharedAddresses,
    'limits.handshake_timeout': limits.handshakeTimeoutMs,
    'limits.header_size': limits.headerBytes,
    'limits.idle': limits.idleMs,
    'limits.messages': limits.messagesPerSecond,
    'limits.bytes': limits.bytesPerSecond,
    'limits.control_frames': limits.controlFramesPerSecond,
    'limits.fragments': limits.fragments,
    'limits.depth': limits.depth,
    'limits.rooms': limits.rooms,
    'limits.filter_length': limits.filterLength,
    'limits.filter_work': limits.filterWork,
    'limits.snapshots': limits.snapshots,
    'limits.snapshots_waiting': limits.snapshotsWaiting,
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
    'rooms.default': rooms.others,
    'rooms.recheck': rooms.recheckMs,
    'signals.rate': signals.perSecond,
    'signals.burst': signals.burst,
    'signals.max_size': signals.maxBytes,
    'signals.members_only': signals.membersOnly,
    'presence.grace': presence.graceMs,
    'presence.heartbeat': presence.heartbeatMs,
    'presence.remember': presence.rememberMs,
    'bus.url': bus.url,
    'discovery.mdns': config.discovery.mdns,
    'log.level': log.level,
    'log.audit': log.audit,
  }
}
