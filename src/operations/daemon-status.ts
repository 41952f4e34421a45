import type { RuleFailureCount, RuleFailures } from './rule-failures.ts'

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
    /** Why it is not connected. */
    readonly error: { readonly code: string; readonly message: string; readonly hint: string } | null
  }
  readonly cursor: string | null
  readonly hub: object
  readonly capture: object
  readonly rule_failures: readonly RuleFailureCount[]
}

export interface StatusSources {
  readonly hubId: string
  readonly startedAt: string
  readonly hub: { readonly staleSince: string | null; readonly cursor: string | null }
  /** Null before reading started. */
  readonly capture: { readonly hears: boolean; readonly counters: { readonly sentinel: boolean } } | null
  readonly failures: RuleFailures
  readonly error: { readonly code: string; readonly message: string; readonly hint: string } | null
}

export function describeStatus(sources: StatusSources): DaemonStatus {
  const { hub, capture, failures, error } = sources
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
      error: error === null ? null : { code: error.code, message: error.message, hint: error.hint },
    },
    cursor: hub.cursor,
    hub: { ...hub },
    capture: { ...capture?.counters },
    rule_failures: failures.list(),
  }
}
