import type { ColumnData, OrderBy } from '../../protocol/messages.ts'
import { compareTexts, valueOrder } from './compare-values.ts'

/** A row of a live table, by column. */
export type AnyRow = Readonly<Record<string, unknown>>

/** Where a row stands. */
export interface Place {
  /** Null where the column is null. */
  readonly values: readonly unknown[]
  /** Above 0: right behind the row of these values, because its own are not known. */
  readonly rank: number
  readonly id: string
}

/** The order of the rows of one live table: total, the same as SQL's. */
export interface RowOrder {
  placeOf(id: string, row: AnyRow): Place
  compare(a: Place, b: Place): number
}

export interface RowShape {
  readonly key: readonly string[]
  readonly columns: readonly ColumnData[]
}

/**
 * Makes the order: the given columns, then the key.
 * Values of the key are taken from `id`, which has all digits of a number whatever reads the JSON.
 */
export function createRowOrder(orderBy: readonly OrderBy[], { key, columns }: RowShape): RowOrder {
  const rest = key.filter(column => !orderBy.some(term => term.column === column))
  const terms = [...orderBy, ...rest.map(column => ({ column }) as OrderBy)].map(term => {
    const order = valueOrder(columns.find(({ name }) => name === term.column)?.type ?? '')
    const sign = term.direction === 'desc' ? -1 : 1
    const nullSign = (term.nulls ?? (sign < 0 ? 'first' : 'last')) === 'first' ? -1 : 1
    return { ...order, column: term.column, keyIndex: key.indexOf(term.column), sign, nullSign }
  })
  return {
    placeOf(id, row) {
      const keys: readonly unknown[] = key.length > 1 ? JSON.parse(id) : [id]
      const values = terms.map(({ column, keyIndex, read }) => {
        const value = keyIndex < 0 ? row[column] : keys[keyIndex]
        return value === null || value === undefined ? null : read(value)
      })
      return { values, rank: 0, id }
    },
    compare(a, b) {
      for (let at = 0; at < terms.length; at++) {
        const { compare, sign, nullSign } = terms[at] as (typeof terms)[number]
        const [x, y] = [a.values[at], b.values[at]]
        // What has no values stands before all that have.
        if (x === undefined || y === undefined)
          return Number(y === undefined) - Number(x === undefined) || a.rank - b.rank
        const difference =
          x === null || y === null
            ? (Number(x === null) - Number(y === null)) * nullSign
            : compare(x, y) * sign
        if (difference !== 0) return difference
      }
      return a.rank - b.rank || compareTexts(a.id, b.id)
    },
  }
}
