/** What one subscription of a client selects. Lists are OR inside, AND between; empty = no restriction. */
export interface SubscriptionSpec {
  /** The client's name for it, unique within its connection. */
  readonly id: string
  /** Globs over event types: `BOOKING_*`. */
  readonly events: readonly string[]
  /** Table names as clients see them (globs). */
  readonly tables: readonly string[]
  readonly channels: readonly string[]
  /** Only events addressed to one of these rooms; the subscription makes the connection a member of them. */
  readonly rooms: readonly string[]
  /** CEL over the row, `old`, `new`, `op`, `table`; null = every row. */
  readonly where: string | null
  /** Only the latest event per row within this time, ms; null = every event, at once. */
  readonly conflateMs: number | null
}
