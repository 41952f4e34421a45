import type { JournalGauges } from '../domain/journal-gauges.ts'

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

/** The journal as health and `status` tell of it. */
export function describeJournal(journal: JournalGauges): JournalStatus {
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
