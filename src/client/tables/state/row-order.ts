import type { ColumnData, OrderBy } from '../../../protocol/messages.ts'
import { valueKey } from './value-key.ts'

/** A row of a live table, by column. */
export type AnyRow = Readonly<Record<string, unknown>>

/** Where a row stands. */
export interface Place {
  readonly id: string
  /** Of each column of the order; none = before all others. */
  readonly keys: readonly string[]
  /** Above 0: right behind the row of these keys, because its own are not known. */
  readonly rank: number
}

/** The order of the rows of one live table: total, the same as SQL's. */
export interface RowOrder {
  placeOf(id: string, row: AnyRow): Place
  compare(a: Place, b: Place): number
}

export interface RowShape {
  /** Columns of the key. */
  readonly key?: readonly string[]
  readonly columns?: readonly ColumnData[]
}

/**
 * Makes the order: the given columns, then the key.
 * Values of the key are taken from `id`, which has all digits of a number whatever reads the JSON.
 */
export function createRowOrder(orderBy: readonly OrderBy[], { key = [], columns = [] }: RowShape): RowOrder {
  const all: readonly OrderBy[] = [...orderBy, ...key.map(column => ({ column }))]
  const terms = all.map(({ column, direction, nulls }) => ({
    at: key.indexOf(column),
    column,
    keyOf: valueKey(columns.find(({ name }) => name === column)?.type ?? ''),
    sign: direction === 'desc' ? -1 : 1,
    // NULL is greater than all others, unless it is told otherwise.
    nullKey: nulls && (nulls === 'first') !== (direction === 'desc') ? '' : '~',
  }))
  return {
    placeOf(id, row) {
      const ids = key.length > 1 ? JSON.parse(id) : [id]
      const keys = terms.map(({ at, column, keyOf, nullKey }) => {
        const value = at < 0 ? row[column] : ids[at]
        return value === null || value === undefined ? nullKey : `=${keyOf(value)}`
      })
      return { id, keys, rank: 0 }
    },
    compare(a, b) {
      let difference = a.keys.length - b.keys.length
      terms.forEach(({ sign }, at) => {
        difference ||= comparePlain(a.keys[at], b.keys[at]) * sign
      })
      return difference || a.rank - b.rank || comparePlain(a.id, b.id)
    },
  }
}

function comparePlain(a = '', b = ''): number {
  return a < b ? -1 : Number(a > b)
}
