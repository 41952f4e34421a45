import type { TextRow } from '../database/text-values.ts'
import { type CapturedTable, tableLabel } from '../domain/change.ts'
import { closestWord } from '../domain/closest-word.ts'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { RowsRequest, TableColumn, TableView } from '../domain/table-rows.ts'
import { orderingOf } from './column-types.ts'

/** A captured table at one moment, see sql/query/describe_live_table.sql. */
export interface TableDescription {
  /** As it came: two that are equal say the same. */
  readonly text: string
  readonly table: CapturedTable
  /** Its oid. */
  readonly relation: string
  /** What it is called now. */
  readonly schema: string
  readonly name: string
  readonly partitioned: boolean
  readonly excluded: readonly string[]
  readonly maxRowBytes: number
  /** This role may read all of it. */
  readonly readable: boolean
  /** This role may call `rtbridge.key_of`. */
  readonly guarded: boolean
  /** The database is in UTF-8. */
  readonly utf8: boolean
  /** All of the table; of a table without columns none. */
  readonly columns: readonly DescribedColumn[]
}

export interface DescribedColumn extends TableColumn {
  /** jsonb can express whatever it holds. */
  readonly printable: boolean
}

interface Described {
  readonly id: number
  readonly registered: readonly [string, string]
  readonly relation: string
  readonly schema: string
  readonly name: string
  readonly partitioned: boolean
  readonly key: readonly string[]
  readonly excluded: readonly string[]
  readonly maxRowBytes: number
  readonly readable: boolean
  readonly guarded: boolean
  readonly utf8: boolean
  readonly columns: readonly DescribedColumn[] | null
}

/** Reads a description. */
export function parseDescription(text: string): TableDescription {
  const { id, registered, key, columns, ...rest } = JSON.parse(text) as Described
  const [schema, name] = registered
  return { ...rest, text, table: { id, schema, name, keyColumns: key }, columns: columns ?? [] }
}

/** The columns that rows of a read have. */
export function columnsOf(
  { columns, excluded, table }: TableDescription,
  wanted: RowsRequest['columns'],
  { hidden }: TableView,
): readonly TableColumn[] {
  const isWanted = (name: string) =>
    wanted === null || wanted.includes(name) || table.keyColumns.includes(name)
  return columns
    .filter(({ name }) => isWanted(name) && !excluded.includes(name) && !hidden.includes(name))
    .map(({ name, type }) => ({ name, type }))
}

/**
 * Refuses what cannot be read of a table. To who asks, a column that is kept from him is not there.
 * @throws RTB_SNAPSHOT_KEY RTB_SNAPSHOT_COLUMN RTB_SNAPSHOT_ORDER RTB_SNAPSHOT_UNREADABLE
 */
export function checkRequest(
  description: TableDescription,
  { columns, orderBy }: RowsRequest,
  view: TableView,
): void {
  const table = tableLabel(description.table)
  const seen = columnsOf(description, null, view)
  const names = new Set(seen.map(({ name }) => name))
  const { keyColumns } = description.table
  if (keyColumns.length === 0 || !keyColumns.every(key => names.has(key))) {
    throw rtbridgeError('RTB_SNAPSHOT_KEY', { table })
  }
  const unknown = (column: string, known: Iterable<string>) =>
    rtbridgeError('RTB_SNAPSHOT_COLUMN', { table, column, suggestion: closestWord(column, [...known]) })
  for (const column of columns ?? []) if (!names.has(column)) throw unknown(column, names)
  const sortable = seen.filter(({ name }) => !view.partlyHidden.includes(name))
  const types = new Map(sortable.map(({ name, type }) => [name, type]))
  for (const { column } of orderBy ?? []) {
    const type = types.get(column)
    if (type === undefined) throw unknown(column, types.keys())
    if (orderingOf(type) === null) throw rtbridgeError('RTB_SNAPSHOT_ORDER', { table, column, type })
  }
  if (!description.readable) throw rtbridgeError('RTB_SNAPSHOT_UNREADABLE', { table })
}

/** The error for a table that is not captured, or that may not be known of; it tells of none that may not. */
export function unknownTable({ table, view }: RowsRequest, captured: readonly TextRow[]) {
  const labels = captured
    .map(row => ({ schema: row['schema_name'] ?? '', name: row['table_name'] ?? '' }))
    .filter(each => each.schema !== 'rtbridge' && view(each) !== null)
    .map(tableLabel)
  return rtbridgeError('RTB_SNAPSHOT_TABLE', { table, suggestion: closestWord(table, labels) })
}
