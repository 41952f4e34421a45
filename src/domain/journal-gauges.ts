/** How full the journal is and how far back it reaches. Times are ISO 8601 in UTC. */
export interface JournalGauges {
  /** PostgreSQL's estimate. */
  readonly rows: number
  /** On disk, indexes and free space included. */
  readonly bytes: number
  /** An estimate of what counts against `maxBytes`. */
  readonly liveBytes: number
  readonly keepMs: number
  readonly maxBytes: number
  /** When the oldest row was written; null when there is none. */
  readonly oldest: string | null
  /** Who was here last before that moment cannot resume: the answer is `gap`. */
  readonly resumableSince: string
  readonly measuredAt: string
}
