import { column, widthOf } from '../column.ts'

/** A line of the answer, and what belongs below it. */
export interface Row {
  readonly label: string
  readonly value: string
  /** Default: nothing. */
  readonly below?: readonly string[]
}

/** Rows as lines, their values one below the other. */
export function alignRows(rows: readonly Row[]): string[] {
  const width = Math.max(9, ...rows.map(({ label }) => widthOf(label)))
  return rows.flatMap(({ label, value, below = [] }) => [
    `${column(label, width)} ${value}`,
    ...below.map(line => `${' '.repeat(width + 3)}- ${line}`),
  ])
}
