import type { OrderBy, SubscribeData } from '../../protocol/messages.ts'
import { wholeClientError } from '../whole-client-errors.ts'

/** A column to order by, in one of the ways an app may write it. */
export type OrderTerm<Column extends string = string> =
  | Column
  | `${Column} ${'asc' | 'desc'}`
  | { readonly column: Column; readonly direction?: 'asc' | 'desc'; readonly nulls?: 'first' | 'last' }

/** What a live table shows. */
export interface TableOptions<Row = Readonly<Record<string, unknown>>, Column extends keyof Row = keyof Row> {
  /** A condition over the row, in CEL: `new.status == "WAITING"`; default: all rows. */
  readonly where?: string | undefined
  /** Columns of the rows, besides the key; default all. */
  readonly columns?: readonly Column[] | undefined
  /** Columns to order by, the first counts most; default: the key. NULL comes last, with `desc` first. */
  readonly orderBy?: OrderTerm<keyof Row & string> | readonly OrderTerm<keyof Row & string>[] | undefined
  /** Only the first so many rows, 1 to 100,000; default: all. */
  readonly limit?: number | undefined
}

/** {@link TableOptions}, checked, as the hub wants them. */
export interface TableRequest {
  readonly table: string
  readonly where: string | undefined
  readonly columns: readonly string[] | undefined
  readonly orderBy: readonly OrderBy[]
  readonly limit: number | undefined
}

/** With a limit the hub sends no more rows. */
export const maxRows = 100_000

/**
 * Reads the options of a live table.
 * @throws ClientError RTB_CLIENT_TABLE
 */
export function readTableRequest(table: string, options: TableOptions): TableRequest {
  const { where, columns, orderBy = [], limit } = options
  if (typeof table !== 'string' || table === '')
    throw wholeClientError('RTB_CLIENT_TABLE', 'its name is missing')
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1 && limit <= maxRows)) {
    throw wholeClientError('RTB_CLIENT_TABLE', `limit is ${limit}`)
  }
  const terms = Array.isArray(orderBy) ? orderBy : [orderBy]
  return {
    table,
    where: where || undefined,
    columns: columns && [...new Set(columns)].sort(),
    orderBy: terms.map(readTerm),
    limit,
  }
}

/**
 * What to send to the hub.
 * @param limit how many rows to ask for; missing = all
 */
export function snapshotRequest(id: string, request: TableRequest, limit: number | undefined): SubscribeData {
  const { table, where, columns, orderBy } = request
  // To put a row in order, its columns of the order have to be there.
  const wanted = columns && [...new Set([...columns, ...orderBy.map(({ column }) => column)])]
  return {
    id,
    tables: [table],
    where,
    snapshot: true,
    columns: wanted,
    order_by: orderBy.length > 0 ? orderBy : undefined,
    limit,
  }
}

/** What to go on with, where the state is that of the stream's cursor: what was missed comes as events. */
export function resumeRequest(id: string, { table, where }: TableRequest): SubscribeData {
  return { id, tables: [table], events: ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'], where }
}

function readTerm(term: OrderTerm): OrderBy {
  const { column, direction, nulls } = typeof term === 'string' ? readText(term) : (term ?? {})
  const isRight =
    typeof column === 'string' &&
    column !== '' &&
    [undefined, 'asc', 'desc'].includes(direction) &&
    [undefined, 'first', 'last'].includes(nulls)
  if (!isRight) throw wholeClientError('RTB_CLIENT_TABLE', `orderBy has ${JSON.stringify(term)}`)
  return {
    column,
    ...(direction === 'desc' && { direction }),
    ...(nulls !== undefined && nulls !== (direction === 'desc' ? 'first' : 'last') && { nulls }),
  }
}

function readText(text: string): OrderBy {
  const [, column = '', direction] = /^\s*(.*?)(?:\s+(asc|desc))?\s*$/i.exec(text) ?? []
  return { column, direction: direction?.toLowerCase() as OrderBy['direction'] }
}
