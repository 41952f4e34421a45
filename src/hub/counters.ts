import type { GapReason } from '../domain/cursor.ts'

/** What a hub counts since it started; for status, health and metrics. */
export interface Counters {
  connectionsOpened: number
  connectionsRefused: number
  batches: number
  events: number
  /** Events handed to connections, counted per connection. */
  delivered: number
  /** Events that a later one of their row replaced before they were sent, counted per connection. */
  conflated: number
  /** Times a connection fell behind. */
  fellBehind: number
  /** Connections cut because they took nothing, or read no answers. */
  stalled: number
  repliesUnread: number
  /** Reads of the journal for connections, and those that failed. */
  replays: number
  replayErrors: number
  /** Connections that registered: at the present, where they were, or after a gap. */
  startedFresh: number
  resumed: number
  startedAfterGap: number
  /** Gaps that connections were told of, and these by their reason. */
  gaps: number
  gapsRetention: number
  gapsCapture: number
  gapsIncarnation: number
  gapsUnreadable: number
  gapsFuture: number
  /** Live tables whose rows have all been sent, the rows, and the reads of tables that took. */
  snapshots: number
  snapshotRows: number
  snapshotReads: number
  /** Evaluations of a `where` that failed on a row. */
  whereErrors: number
  /** Events on which the conditions of a selection spent more than their work. */
  whereOverspent: number
  signals: number
  /** Signals that were too many or too large. */
  signalsRefused: number
  clientErrors: number
  /** Those of them that say: more than a connection may have. */
  limited: number
}

/** All at zero. */
export function createCounters(): Counters {
  return {
    connectionsOpened: 0,
    connectionsRefused: 0,
    batches: 0,
    events: 0,
    delivered: 0,
    conflated: 0,
    fellBehind: 0,
    stalled: 0,
    repliesUnread: 0,
    replays: 0,
    replayErrors: 0,
    startedFresh: 0,
    resumed: 0,
    startedAfterGap: 0,
    gaps: 0,
    gapsRetention: 0,
    gapsCapture: 0,
    gapsIncarnation: 0,
    gapsUnreadable: 0,
    gapsFuture: 0,
    snapshots: 0,
    snapshotRows: 0,
    snapshotReads: 0,
    whereErrors: 0,
    whereOverspent: 0,
    signals: 0,
    signalsRefused: 0,
    clientErrors: 0,
    limited: 0,
  }
}

const gapCounters = {
  retention: 'gapsRetention',
  capture: 'gapsCapture',
  incarnation: 'gapsIncarnation',
  unreadable: 'gapsUnreadable',
  future: 'gapsFuture',
} as const satisfies Record<GapReason, keyof Counters>

/** Counts a gap that a connection is told of. */
export function countGap(counters: Counters, reason: GapReason): void {
  counters.gaps++
  counters[gapCounters[reason]]++
}
