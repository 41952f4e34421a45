/** What the hub answers, as far as the page reads it; /openapi.json describes all of it. */
export interface Health {
  readonly hub_id: string
  readonly hub_version: string
  readonly started_at: string
  readonly state: 'live' | 'stale'
  readonly stale_since: string | null
  readonly problems: readonly HubProblem[]
  readonly database: {
    readonly connected: boolean
    readonly doorbell: boolean
    readonly pooled: boolean
    readonly error: HubProblem | null
    readonly warning: HubProblem | null
  }
  readonly canary: { readonly age_ms: number | null; readonly round_trip_ms: number | null }
  readonly journal: Journal | null
  readonly hubs: readonly object[]
  readonly hub: Stats
  readonly rule_failures: readonly RuleFailure[]
}

export interface HubProblem {
  readonly code: string
  readonly message: string
  readonly hint: string
}

export interface RuleFailure {
  readonly table: string
  readonly eventType: string
  readonly field: string
  readonly message: string
  readonly count: number
}

export interface Journal {
  readonly rows: number
  readonly bytes: number
  readonly live_bytes: number
  readonly keep_ms: number
  readonly max_bytes: number
  readonly oldest: string | null
  readonly resumable_since: string
  readonly measured_at: string
}

export interface Stats {
  readonly connections: number
  readonly registered: number
  readonly behind: number
  readonly catchingUp: number
  readonly queuedBytes: number
  readonly counters: { readonly events: number; readonly delivered: number; readonly signals: number }
}

export interface ConnectionInfo {
  readonly id: string
  readonly client_id: string | null
  readonly app_name: string | null
  readonly address: string
  readonly transport: 'websocket' | 'sse'
  readonly state: 'connected' | 'registering' | 'catching-up' | 'live' | 'behind' | 'closed'
  readonly subscriptions: number
  readonly queued_bytes: number
  readonly user: string | null
  readonly lag_ms: number
  readonly selects: readonly Selection[]
}

export interface Selection {
  readonly id: string
  readonly events: readonly string[]
  readonly tables: readonly string[]
  readonly channels: readonly string[]
  readonly rooms: readonly string[]
  readonly where: string | null
}

export interface TableInfo {
  readonly table: string
  readonly channel: string | null
  readonly changes: number
  readonly events: number
  readonly last_at: string | null
}

export interface RuleInfo {
  readonly event_type: string
  readonly table: string
  readonly on: readonly string[]
  readonly when: string | null
  readonly rooms: readonly string[]
  readonly source: string
  readonly events: number
  readonly last_at: string | null
  readonly failures: number
  readonly last_failure: string | null
}

/** What the doctor found. */
export interface Report {
  readonly state: 'ok' | 'warning' | 'problem'
  readonly checked_at: string
  readonly checks: readonly ReportCheck[]
}

export interface ReportCheck {
  readonly name: string
  readonly state: 'ok' | 'warning' | 'problem' | 'skipped'
  readonly found: string
  readonly findings: readonly { readonly what: string; readonly fix: string | null }[]
}
