import type { Value } from './decode-value.ts'
import { decodeValue } from './decode-value.ts'
import { splitObject } from './json-text.ts'

/**
 * A row of the journal. It is the map that expressions look into, and it decodes lazily: the text is split at the
 * first look, a column decoded when it is asked for. What leaves the hub is taken from {@link Row.raw}.
 */
export class Row extends Map<string, Value> {
  /** The JSON object as PostgreSQL printed it. */
  readonly text: string
  #columns: Map<string, string> | null = null

  constructor(text: string) {
    super()
    this.text = text
  }

  /**
   * A column's own JSON text, never re-printed; undefined when there is no such column.
   * @throws RTB_ROW_UNREADABLE
   */
  raw(column: string): string | undefined {
    return this.#split().get(column)
  }

  /** The columns in the order of the text. */
  override keys(): MapIterator<string> {
    return this.#split().keys()
  }

  override get size(): number {
    return this.#split().size
  }

  override has(column: string): boolean {
    return this.#split().has(column)
  }

  override get(column: string): Value | undefined {
    const known = super.get(column)
    if (known !== undefined) return known
    const raw = this.#split().get(column)
    if (raw === undefined) return undefined
    const value = decodeValue(raw)
    super.set(column, value)
    return value
  }

  override *entries(): MapIterator<[string, Value]> {
    for (const column of this.keys()) yield [column, this.get(column) ?? null]
  }

  override *values(): MapIterator<Value> {
    for (const column of this.keys()) yield this.get(column) ?? null
  }

  override [Symbol.iterator](): MapIterator<[string, Value]> {
    return this.entries()
  }

  override forEach(visit: (value: Value, column: string, row: Map<string, Value>) => void): void {
    for (const [column, value] of this.entries()) visit(value, column, this)
  }

  #split(): Map<string, string> {
    this.#columns ??= splitObject(this.text)
    return this.#columns
  }
}

// cel-js tells a map by `constructor === Map`: without this a row would be an unknown type to it.
Object.defineProperty(Row.prototype, 'constructor', { value: Map })

/**
 * Opens a row. Cheap: nothing is parsed before the first look, and a broken text throws then.
 * @param text a JSON object as PostgreSQL prints `jsonb`
 */
export function readRow(text: string): Row {
  return new Row(text)
}
