import { rtbridgeError } from '../domain/errors/registry.ts'
import type { JournalGauges } from '../domain/journal-gauges.ts'
import type { HubAnnouncement } from '../domain/signal-bus.ts'
import type { DenialCount } from './denials.ts'
import { describeJournal, type JournalStatus } from './journal-status.ts'
import type { RuleFailureCount, RuleFailures } from './rule-failures.ts'
import type { BusNumbers, CaptureNumbers, DoorNumbers, HubNumbers } from './status-numbers.ts'
import type { ChangeCount, EventCount, Traffic } from './traffic.ts'

/** Something that needs attention, with what to do about it. */
export interface Problem {
  readonly code: string
  readonly message: string
  readonly hint: string
}

/** `local` = only this machine reaches the hub, so others need not hear of it. */
export type AnnouncementState = 'announced' | 'local' | 'off' | 'problem'

/** What `GET /health` and `rtbridge status` tell of a running hub. Stable; `version` grows with incompatible changes. */
export interface DaemonStatus {
  readonly version: 1
  readonly hub_id: string
  /** Of the program. */
  readonly hub_version: string
  readonly started_at: string
  /** `stale` = clients may be missing what the database commits. */
  readonly state: 'live' | 'stale'
  /** Null while live, else when the database was lost, or the canary. */
  readonly stale_since: string | null
  /** What needs attention while the database is there, most important first. */
  readonly problems: readonly Problem[]
  readonly database: {
    readonly connected: boolean
    /** LISTEN works; without it the journal is read at short intervals. */
    readonly doorbell: boolean
    /** This hub arms the doorbell. */
    readonly sentinel: boolean
    /** It is reached through a connection pooler, so the journal is read at short intervals. */
    readonly pooled: boolean
    /** Why it is not connected. */
    readonly error: Problem | null
    /** What is worse than it could be while it is connected. */
    readonly warning: Problem | null
  }
  /** A change of our own that goes round at intervals. */
  readonly canary: {
    readonly age_ms: number | null
    readonly round_trip_ms: number | null
    /** How far the database's clock is ahead of this hub's; 0 while they may agree. */
    readonly clock_offset_ms: number | null
  }
  readonly cursor: string | null
  /** Null before the first look at it. */
  readonly journal: JournalStatus | null
  /** Fingerprint of this hub's rules. */
  readonly rules: string
  /** The other hubs of this database, as they said of themselves. */
  readonly hubs: readonly OtherHub[]
  readonly signals: BusNumbers
  /** Whether apps of the local network can find this hub. */
  readonly discovery: { readonly mdns: AnnouncementState; readonly problem: Problem | null }
  readonly hub: HubNumbers
  /** Connections, and what was refused at the front door, by code; null before it is open. */
  readonly door: DoorNumbers | null
  /** Counters of the reader, and `lagMs`: how far it may be behind the database; null before it has read. */
  readonly capture: CaptureNumbers
  /** End of the certificate in use, ISO 8601; null without one. */
  readonly certificate_valid_to: string | null
  /** Live changes and events since the start, by table. */
  readonly traffic: { readonly changes: readonly ChangeCount[]; readonly events: readonly EventCount[] }
  /** What was refused to those who had come in. */
  readonly denials: readonly DenialCount[]
  readonly rule_failures: readonly RuleFailureCount[]
}

/** Another hub, as health shows it. */
export interface OtherHub {
  readonly hub_id: string
  readonly address: string
  readonly hub_version: string
  readonly started_at: string
  readonly rules: string
  /** It makes the same events of the same changes. */
  readonly same_rules: boolean
  /** Since it was last heard. */
  readonly silent_ms: number
}

export interface StatusSources {
  readonly hub: HubNumbers
  /** Null before it is open. */
  readonly server: { readonly door: DaemonStatus['door']; readonly validToMs: number | null } | null
  /** What is to be said of the certificate's end. */
  readonly certificate: Problem | null
  /** Why the last reload changed nothing. */
  readonly reload: Problem | null
  /** Null before reading started. */
  readonly capture: {
    readonly hears: boolean
    readonly pooled: boolean
    readonly lagMs: number | null
    readonly counters: Omit<CaptureNumbers, 'lagMs'> & { readonly sentinel: boolean }
  } | null
  /** Null before the first look at it. */
  readonly journal: JournalGauges | null
  readonly failures: RuleFailures
  readonly observed: {
    readonly traffic: Pick<Traffic, 'told'>
    readonly denials: { list(): readonly DenialCount[] }
  }
  readonly liveness: {
    /** Why the database is away. */
    readonly error: Problem | null
    readonly canary: {
      readonly problem: Problem | null
      readonly status: Readonly<Record<'ageMs' | 'roundTripMs' | 'clockOffsetMs', number | null>>
    }
  }
  readonly fleet: {
    readonly self: HubAnnouncement
    /** The other hubs; `seenAt` on the clock of `now`. */
    list(): readonly (HubAnnouncement & { readonly seenAt: number })[]
    readonly status: BusNumbers
    /** What is wrong with what carries signals between hubs. */
    readonly problem: Problem | null
  }
  readonly announcement: { readonly state: AnnouncementState; readonly problem: Problem | null }
  /** Milliseconds of a clock that only grows. */
  readonly now: number
}

/** A hub's health document. */
export function describeStatus(sources: StatusSources): DaemonStatus {
  const { hub, capture, failures, journal, fleet, observed, server, now } = sources
  const { self } = fleet
  const { error, canary } = sources.liveness
  const live = hub.cursor !== null && hub.staleSince === null
  const connected = hub.cursor !== null && error === null
  const pooled = capture?.pooled ?? false
  const hubs = fleet.list().map(other => describeHub(other, self, now))
  return {
    version: 1,
    hub_id: self.hubId,
    hub_version: self.version,
    started_at: self.startedAt,
    state: live ? 'live' : 'stale',
    stale_since: live ? null : (hub.staleSince ?? self.startedAt),
    problems: [canary.problem, sources.reload, sources.certificate, rulesProblem(hubs), fleet.problem]
      .filter(problem => problem !== null)
      .map(toProblem),
    database: {
      connected,
      doorbell: capture?.hears ?? false,
      sentinel: capture?.counters.sentinel ?? false,
      pooled,
      error: error === null ? null : toProblem(error),
      warning: connected && pooled ? toProblem(rtbridgeError('RTB_DATABASE_POOLER', {})) : null,
    },
    canary: describeCanary(canary.status),
    cursor: hub.cursor,
    journal: journal === null ? null : describeJournal(journal),
    rules: self.rules,
    hubs,
    signals: { ...fleet.status },
    discovery: describeAnnouncement(sources.announcement),
    hub: { ...hub },
    door: server?.door ?? null,
    capture: { ...capture?.counters, lagMs: capture?.lagMs ?? null },
    certificate_valid_to: server?.validToMs == null ? null : new Date(server.validToMs).toISOString(),
    traffic: observed.traffic.told,
    denials: observed.denials.list(),
    rule_failures: failures.list(),
  }
}

function describeCanary(status: StatusSources['liveness']['canary']['status']): DaemonStatus['canary'] {
  const { ageMs, roundTripMs, clockOffsetMs } = status
  return { age_ms: ageMs, round_trip_ms: roundTripMs, clock_offset_ms: clockOffsetMs }
}

/** No problem of the hub: who knows its address needs none of it. */
function describeAnnouncement({ state, problem }: StatusSources['announcement']): DaemonStatus['discovery'] {
  return { mdns: state, problem: problem === null ? null : toProblem(problem) }
}

function describeHub(
  other: ReturnType<StatusSources['fleet']['list']>[number],
  self: HubAnnouncement,
  now: number,
): OtherHub {
  return {
    hub_id: other.hubId,
    address: hubAddress(other),
    hub_version: other.version,
    started_at: other.startedAt,
    rules: other.rules,
    same_rules: other.rules === self.rules,
    silent_ms: Math.round(now - other.seenAt),
  }
}

/** Host and port as in a URL. */
export function hubAddress({ host, port }: Pick<HubAnnouncement, 'host' | 'port'>): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

function rulesProblem(hubs: readonly OtherHub[]): Problem | null {
  const others = hubs.filter(hub => !hub.same_rules).map(hub => hub.address)
  return others.length === 0 ? null : rtbridgeError('RTB_HUB_RULES_DIFFER', { hubs: others.join(', ') })
}

function toProblem({ code, message, hint }: Problem): Problem {
  return { code, message, hint }
}
