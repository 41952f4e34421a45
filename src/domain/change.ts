/** What happened to the row. `PUBLISH` is an event without a row, made by `rtbridge.publish(...)`. */
export type Operation = 'INSERT' | 'UPDATE' | 'DELETE' | 'TRUNCATE' | 'PUBLISH'

/** The operations a rule can name in `on`. */
export const rowOperations = ['insert', 'update', 'delete', 'truncate'] as const
export type RowOperation = (typeof rowOperations)[number]

/** A table whose changes are journalled, as registered by `install-triggers`. */
export interface CapturedTable {
  /** Identity in the journal; 0 is no table (published events). */
  readonly id: number
  readonly schema: string
  readonly name: string
  /** Columns of the primary key, in key order; empty when the table has none. */
  readonly keyColumns: readonly string[]
}

/**
 * One committed row change, as the journal holds it.
 * Rows are JSON objects kept as the text PostgreSQL printed: no number ever passes through a double.
 */
export interface Change {
  /** Position in the journal, decimal text; grows per row in commit order. */
  readonly seq: string
  /** The writing transaction's xid8, decimal text. */
  readonly xid: string
  /** When the row was written, RFC 3339 in UTC with microseconds. */
  readonly at: string
  readonly table: CapturedTable
  readonly op: Operation
  /** The row before, JSON text; null for INSERT and TRUNCATE. */
  readonly oldRow: string | null
  /** The row after, JSON text; null for DELETE and TRUNCATE. For PUBLISH `{event_type, room, data}`. */
  readonly newRow: string | null
  /** What the writer put into `rtbridge.origin`; null when nothing. */
  readonly origin: string | null
  /** True when the row was above `max_row_bytes` (or not expressible as jsonb) and only its key was kept. */
  readonly truncated: boolean
}

/** The table every hub keeps a row in, which it changes to see whether changes come through. Nobody is given these. */
export const canaryTable = { schema: 'rtbridge', name: 'canary' } as const

/** True for the table of the canary. */
export function isCanary(table: Pick<CapturedTable, 'schema' | 'name'>): boolean {
  return table.name === canaryTable.name && table.schema === canaryTable.schema
}

/** The name clients see: the bare name in schema `public`, `schema.name` elsewhere. */
export function tableLabel(table: Pick<CapturedTable, 'schema' | 'name'>): string {
  return table.schema === 'public' ? table.name : `${table.schema}.${table.name}`
}
