import { rtbridgeError } from '../domain/errors/registry.ts'
import type { RuleFailureCount, RuleFailures } from './rule-failures.ts'

/** A problem as the registry words it. */
export interface StatusProblem {
  readonly code: string
  readonly message: string
  readonly hint: string
}

/** The journal against its limits. Times are ISO 8601 in UTC; sizes are bytes. */
export interface JournalStatus {
  /** An estimate. */
  readonly rows: number
  /** On disk, indexes and free space included. */
  readonly bytes: number
  /** What counts against `max_bytes`, an estimate. */
  readonly live_bytes: number
  readonly keep_ms: number
  readonly max_bytes: number
  /** When the oldest row was written; null when there is none. */
  readonly oldest: string | null
  /** Who was here last before that moment is answered `gap`. */
  readonly resumable_since: string
  readonly measured_at: string
}

/** What `GET /health` and `rtbridge status` tell of a running hub. Stable; `version` grows with incompatible changes. */
export interface DaemonStatus {
  readonly version: 1
  readonly hub_id: string
  readonly started_at: string
  readonly state: 'live' | 'stale'
  /** Null while live, else when the database was lost. */
  readonly stale_since: string | null
  readonly database: {
    readonly connected: boolean
    /** LISTEN works; without it the journal is read at short intervals. */
    readonly doorbell: boolean
    /** This hub arms the doorbell. */
    readonly sentinel: boolean
    /** It is reached through a connection pooler, so the journal is read at short intervals. */
    readonly pooled: boolean
    /** Why it is not connected. */
    readonly error: StatusProblem | null
    /** What is worse than it could be while it is connected. */
    readonly warning: StatusProblem | null
  }
  readonly cursor: string | null
  /** Null before the first look at it. */
  readonly journal: JournalStatus | null
  readonly hub: object
  readonly capture: object
  readonly rule_failures: readonly RuleFailureCount[]
}

/** The journal as the capture measures it. */
export interface JournalSource {
  readonly rows: number
  readonly bytes: number
  readonly liveBytes: number
  readonly keepMs: number
  readonly maxBytes: number
  readonly oldest: string | null
  readonly resumableSince: string
  readonly measuredAt: string
}

export interface StatusSources {
  readonly hubId: string
  readonly startedAt: string
  readonly hub: { readonly staleSince: string | null; readonly cursor: string | null }
  /** Null before reading started. */
  readonly capture: {
    readonly hears: boolean
    readonly pooled: boolean
    readonly counters: { readonly sentinel: boolean }
  } | null
  /** Null before the first look at it. */
  readonly journal: JournalSource | null
  readonly failures: RuleFailures
  readonly error: StatusProblem | null
}

export function describeStatus(sources: StatusSources): DaemonStatus {
  const { hub, capture, failures, error } = sources
  const pooled = capture?.pooled ?? false
  const connected = hub.cursor !== null && hub.staleSince === null
  return {
    version: 1,
    hub_id: sources.hubId,
    started_at: sources.startedAt,
    state: connected ? 'live' : 'stale',
    stale_since: connected ? null : (hub.staleSince ?? sources.startedAt),
    database: {
      connected,
      doorbell: capture?.hears ?? false,
      sentinel: capture?.counters.sentinel ?? false,
      pooled,
      error: describeProblem(error),
      warning: connected && pooled ? describeProblem(rtbridgeError('RTB_DATABASE_POOLER', {})) : null,
    },
    cursor: hub.cursor,
    journal: sources.journal === null ? null : describeJournal(sources.journal),
    hub: { ...hub },
    capture: { ...capture?.counters },
    rule_failures: failures.list(),
  }
}

/** The journal as health and `status` tell of it. */
export function describeJournal(journal: JournalSource): JournalStatus {
  return {
    rows: journal.rows,
    bytes: journal.bytes,
    live_bytes: journal.liveBytes,
    keep_ms: journal.keepMs,
    max_bytes: journal.maxBytes,
    oldest: journal.oldest,
    resumable_since: journal.resumableSince,
    measured_at: journal.measuredAt,
  }
}

function describeProblem(problem: StatusProblem | null): StatusProblem | null {
  return problem === null ? null : { code: problem.code, message: problem.message, hint: problem.hint }
}
