import type { OrderBy, SubscribeData } from '../../../protocol/messages.ts'
import { clientError } from '../../api/client-errors.ts'

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

/** {@link TableOptions}, checked, in the words of the protocol. */
export interface TableRequest {
  readonly tables: readonly string[]
  readonly where: string | undefined
  readonly columns: readonly string[] | undefined
  /** `nulls` only where they are not where they usually are. */
  readonly order_by: readonly OrderBy[]
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
  if (!table) throw clientError('RTB_CLIENT_TABLE', 'no name')
  // What is no whole number is not itself as an integer of 32 bits.
  if (limit !== undefined && (limit !== (limit | 0) || limit < 1 || limit > maxRows)) {
    throw clientError('RTB_CLIENT_TABLE', `limit ${limit}`)
  }
  return {
    tables: [table],
    where: where || undefined,
    columns: columns && [...new Set(columns)].sort(),
    order_by: [orderBy].flat().map(readTerm),
    limit,
  }
}

/**
 * What to send to the hub.
 * @param isResuming true: its state is that of the stream's cursor, what was missed comes as events
 * @param limit how many rows to ask for; missing = all
 */
export function subscribeRequest(
  id: string,
  request: TableRequest,
  isResuming: boolean,
  limit?: number,
): SubscribeData {
  const { tables, where, columns, order_by } = request
  if (isResuming) return { id, tables, where, events: ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] }
  // To put a row in order, its columns of the order have to be there.
  const wanted = columns && [...new Set([...columns, ...order_by.map(({ column }) => column)])]
  return { ...request, id, snapshot: true, columns: wanted, limit }
}

function readTerm(term: OrderTerm): OrderBy {
  const { column, direction = 'asc', nulls } = typeof term === 'string' ? readText(term) : (term ?? {})
  const usual = direction === 'desc' ? 'first' : 'last'
  if (!column || !/^(asc|desc) (first|last)$/.test(`${direction} ${nulls ?? usual}`)) {
    throw clientError('RTB_CLIENT_TABLE', `orderBy ${JSON.stringify(term)}`)
  }
  // Equal orders are written alike.
  return {
    column,
    direction: direction === 'desc' ? direction : undefined,
    nulls: nulls === usual ? undefined : nulls,
  }
}

function readText(text: string): OrderBy {
  const [column = '', direction] = text.trim().split(/\s+(?=(?:asc|desc)$)/i)
  return { column, direction: direction?.toLowerCase() as OrderBy['direction'] }
}
