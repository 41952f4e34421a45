import type { AuthSettings } from '../domain/auth-settings.ts'
import type { Policies } from '../domain/policy.ts'
import type { RoomRule, RoomRules } from '../domain/room-rule.ts'
import type { TableRule } from '../domain/rule.ts'
import type { SettingKey, SettingValue } from './settings.ts'

type SettingOf = <Key extends SettingKey>(key: Key) => SettingValue<Key>

/** Everything a hub is told, resolved and frozen. Durations in ms, sizes in bytes. */
export interface Config {
  readonly database: {
    /** Null = `PGHOST`, `PGUSER`, … and the driver's defaults. */
    readonly url: string | null
    readonly connectTimeoutMs: number
    readonly doorbell: 'on' | 'off'
    /** Signals travel between hubs. */
    readonly signals: 'on' | 'off'
    /** Where a command looked for a file in vain; left out where `RTBRIDGE_DATABASE_URL` makes up for it. */
    readonly soughtIn?: readonly string[]
  }
  readonly hub: {
    readonly host: string
    /** 0 = any free port. */
    readonly port: number
    /** Where clients find it; null = by scheme, host and port. */
    readonly publicUrl: string | null
    readonly maxMessageBytes: number
    readonly heartbeatMs: number
    /** Longest queue of one client. */
    readonly queueBytes: number
    readonly stalledAfterMs: number
    readonly checkpointEveryMs: number
    /** Recent events kept in memory. */
    readonly tailBytes: number
    readonly maxSubscriptions: number
    /** Addresses, ranges and words for them. */
    readonly allowAddresses: readonly string[]
    readonly allowHosts: readonly string[]
    readonly allowOrigins: readonly string[]
    /** The page for admins is served. */
    readonly dashboard: 'on' | 'off'
  }
  readonly tls: TlsConfig
  readonly limits: LimitsConfig
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
  /** Announcing on the local network. */
  readonly discovery: { readonly mdns: 'on' | 'off' }
  readonly log: { readonly level: SettingValue<'log.level'>; readonly audit: 'on' | 'off' }
  /** In file order; empty = every captured table gives table events. */
  readonly tables: readonly TableRule[]
  /** Existing `pg_notify` channels to pass on, with the losses they have. */
  readonly channels: readonly string[]
  /** Who may see and send what; null = everybody everything. */
  readonly policies: Policies | null
}

/** Files of the certificate; both null = no TLS. Relative paths start at the working directory. */
export interface TlsConfig {
  readonly certFile: string | null
  readonly keyFile: string | null
  readonly minVersion: SettingValue<'tls.min_version'>
  /** What the commands that speak to the hub trust; null = `ca.crt` beside the certificate. */
  readonly caFile: string | null
}

/** What clients may do at most; rates allow ten seconds' worth at once. */
export interface LimitsConfig {
  readonly connections: number
  readonly connectionsPerAddress: number
  /** Connections without a whole request. */
  readonly halfOpen: number
  readonly handshakesPerSecond: number
  readonly handshakesPerSecondPerAddress: number
  /** Addresses that stand for many clients. */
  readonly sharedAddresses: readonly string[]
  readonly handshakeTimeoutMs: number
  readonly headerBytes: number
  readonly idleMs: number
  readonly messagesPerSecond: number
  readonly bytesPerSecond: number
  readonly controlFramesPerSecond: number
  readonly fragments: number
  readonly depth: number
  readonly rooms: number
  /** Characters. */
  readonly filterLength: number
  /** Units of work for one event. */
  readonly filterWork: number
  /** Tables read at the same time, and reads that may wait. */
  readonly snapshots: number
  readonly snapshotsWaiting: number
}

/** Puts resolved values into the shape of a {@link Config}. */
export function createConfig(
  settingOf: SettingOf,
  rules: Pick<Config, 'tables' | 'channels' | 'policies'> & {
    readonly auth: Pick<AuthSettings, 'keys' | 'jwt'>
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
      publicUrl: settingOf('hub.public_url'),
      maxMessageBytes: settingOf('hub.max_message'),
      heartbeatMs: settingOf('hub.heartbeat'),
      queueBytes: settingOf('hub.queue'),
      stalledAfterMs: settingOf('hub.stalled_after'),
      checkpointEveryMs: settingOf('hub.checkpoint_every'),
      tailBytes: settingOf('hub.tail'),
      maxSubscriptions: settingOf('hub.max_subscriptions'),
      allowAddresses: settingOf('hub.allow_addresses'),
      allowHosts: settingOf('hub.allow_hosts'),
      allowOrigins: settingOf('hub.allow_origins'),
      dashboard: settingOf('hub.dashboard'),
    },
    tls: {
      certFile: settingOf('tls.cert'),
      keyFile: settingOf('tls.key'),
      minVersion: settingOf('tls.min_version'),
      caFile: settingOf('tls.ca'),
    },
    limits: createLimits(settingOf),
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
    discovery: { mdns: settingOf('discovery.mdns') },
    log: { level: settingOf('log.level'), audit: settingOf('log.audit') },
    tables: rules.tables,
    channels: rules.channels,
    policies: rules.policies,
  }
}

function createLimits(settingOf: SettingOf): LimitsConfig {
  return {
    connections: settingOf('limits.connections'),
    connectionsPerAddress: settingOf('limits.connections_per_address'),
    halfOpen: settingOf('limits.half_open'),
    handshakesPerSecond: settingOf('limits.handshakes'),
    handshakesPerSecondPerAddress: settingOf('limits.handshakes_per_address'),
    sharedAddresses: settingOf('limits.shared_addresses'),
    handshakeTimeoutMs: settingOf('limits.handshake_timeout'),
    headerBytes: settingOf('limits.header_size'),
    idleMs: settingOf('limits.idle'),
    messagesPerSecond: settingOf('limits.messages'),
    bytesPerSecond: settingOf('limits.bytes'),
    controlFramesPerSecond: settingOf('limits.control_frames'),
    fragments: settingOf('limits.fragments'),
    depth: settingOf('limits.depth'),
    rooms: settingOf('limits.rooms'),
    filterLength: settingOf('limits.filter_length'),
    filterWork: settingOf('limits.filter_work'),
    snapshots: settingOf('limits.snapshots'),
    snapshotsWaiting: settingOf('limits.snapshots_waiting'),
  }
}
