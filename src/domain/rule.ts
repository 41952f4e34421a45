import type { RowOperation } from './change.ts'
import type { Priority } from './event.ts'

/** A place in the configuration file, 1-based. */
export interface SourceLocation {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** `file:line:column`, the form editors jump to. */
export function formatLocation({ file, line, column }: SourceLocation): string {
  return `${file}:${line}:${column}`
}

/** One business event of a table: `BOOKING_CREATED: { on: insert }`. */
export interface EventRule {
  readonly eventType: string
  readonly on: readonly RowOperation[]
  /** CEL condition; null = always. */
  readonly when: string | null
  /** Field name → CEL expression; null = the row itself. */
  readonly data: Readonly<Record<string, string>> | null
  /** Room templates such as `destination:{new.destination_id}`; null = everyone who may see the table. */
  readonly rooms: readonly string[] | null
  readonly roles: readonly string[] | null
  readonly priority: Priority
  /** Where it stands, and where each of its expressions stands (`when`, `data.plate`, `rooms.0`). */
  readonly location: SourceLocation
  readonly locations: Readonly<Record<string, SourceLocation>>
}

/** The rules and capture settings of the tables a pattern selects. */
export interface TableRule {
  /** `bookings`, `sales.*`, `"Odd Name"`: schema `public` when none is written. */
  readonly pattern: string
  readonly channel: string | null
  /** Columns that never enter the journal. */
  readonly exclude: readonly string[]
  /** Rows above this are journalled by key, bytes. */
  readonly maxRowBytes: number
  readonly events: readonly EventRule[]
  readonly location: SourceLocation
}
