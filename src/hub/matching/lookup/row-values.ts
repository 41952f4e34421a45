import type { ColumnValue } from '../../../expressions/choices.ts'
import { columnValue } from '../../../expressions/choices.ts'
import { maxExpressionLength } from '../../../expressions/compile-expression.ts'
import type { Row } from '../../../expressions/row.ts'
import { readRow } from '../../../expressions/row.ts'
import { scopeOf } from '../../../expressions/scope.ts'
import type { EncodableEvent } from '../../stream/encode-event.ts'

/** No constant is as long, each of its characters written as an escape. */
const longestRaw = 6 * maxExpressionLength + 2

/** The columns of an event's rows as an index looks at them. Nothing is opened before the first question. */
export class RowValues {
  readonly #event: EncodableEvent
  #rows: readonly Row[] | null = null

  constructor(event: EncodableEvent) {
    this.#event = event
  }

  /** What a column has in the row before and in the row after, each value once; lists, objects and nulls are none. */
  of(column: string): readonly ColumnValue[] {
    const values: ColumnValue[] = []
    for (const row of this.#opened) {
      const value = scalarOf(row, column)
      if (value !== null && value !== values[0]) values.push(value)
    }
    return values
  }

  /** Those of these names that the rows have. Takes as long as the fewer of both take. */
  columnsAmong(names: ReadonlyMap<string, unknown>): Iterable<string> {
    const rows = this.#opened
    const columns = rows.reduce((sum, row) => sum + row.size, 0)
    if (columns >= names.size) return names.keys()
    return new Set(rows.flatMap(row => [...row.keys()]).filter(column => names.has(column)))
  }

  get #opened(): readonly Row[] {
    this.#rows ??= rowsOf(this.#event).filter(isReadable)
    return this.#rows
  }
}

/** As `where` sees them: see `WhereFilter`. */
function rowsOf(event: EncodableEvent): readonly Row[] {
  if (event.op === 'PUBLISH') return [readRow(event.data)]
  const { old, new: after } = scopeOf(event.change)
  return [old, after].filter(row => row !== null)
}

/** Every comparison with a column of a row that is not fails. */
function isReadable(row: Row): boolean {
  try {
    return row.size >= 0
  } catch {
    return false
  }
}

function scalarOf(row: Row, column: string): ColumnValue | null {
  try {
    const raw = row.raw(column)
    if (raw === undefined || raw.length > longestRaw || /^[[{n]/.test(raw)) return null
    return columnValue(row.get(column))
  } catch {
    return null
  }
}
