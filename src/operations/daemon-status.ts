import { rtbridgeError } from '../domain/errors/registry.ts'
import type { RuleFailureCount, RuleFailures } from './rule-failures.ts'

/** A problem as the registry words it. */
export interface StatusProblem {
  readonly code: string
  readonly message: string
  readonly hint: string
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
  readonly hub: object
  readonly capture: object
  readonly rule_failures: readonly RuleFailureCount[]
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
    hub: { ...hub },
    capture: { ...capture?.counters },
    rule_failures: failures.list(),
  }
}

function describeProblem(problem: StatusProblem | null): StatusProblem | null {
  return problem === null ? null : { code: problem.code, message: problem.message, hint: problem.hint }
}
