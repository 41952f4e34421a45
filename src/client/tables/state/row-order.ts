import type { ColumnData, OrderBy } from '../../../protocol/messages.ts'
import { upsideDown } from './upside-down.ts'
import { valueKey } from './value-key.ts'

/** A row of a live table, by column. */
export type AnyRow = Readonly<Record<string, unknown>>

/** Gives the place of a row: a text that is, compared by `<`, in the order in which SQL has the rows. */
export type PlaceOf = (id: string, row: AnyRow) => string

export interface RowShape {
  /** Columns of the key. */
  readonly key?: readonly string[]
  readonly columns?: readonly ColumnData[]
}

/**
 * Ends each value of a place, and comes before all other characters: no text of PostgreSQL has it. A place with another one behind it
 * is right behind that place; alone it is before all others.
 */
export const end = '\0'

/**
 * Makes the order of the rows of one live table: by the given columns, then by the key, so that no two have the same place.
 * Values of the key are taken from `id`, which has all digits of a number whatever reads the JSON.
 * @param orderBy as a `TableRequest` has it: `nulls` only where they are not where they usually are
 */
export function createRowOrder(orderBy: readonly OrderBy[], { key = [], columns = [] }: RowShape): PlaceOf {
  const all: readonly OrderBy[] = [...orderBy, ...key.map(column => ({ column }))]
  const terms = all.map(({ column, direction, nulls }) => {
    const at = key.indexOf(column)
    const keyOf = valueKey(columns.find(({ name }) => name === column)?.type ?? '')
    const isDown = direction === 'desc'
    // NULL is greater than all others, unless it is told otherwise.
    const nullKey = nulls ? '' : '~'
    return (ids: readonly unknown[], row: AnyRow) => {
      const value = at < 0 ? row[column] : ids[at]
      const text = (value === null || value === undefined ? nullKey : `=${keyOf(value)}`) + end
      return isDown ? upsideDown(text) : text
    }
  })
  return (id, row) => {
    const ids = key.length > 1 ? JSON.parse(id) : [id]
    return terms.map(term => term(ids, row)).join('')
  }
}
