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
    `${label}${' '.repeat(width - widthOf(label))} ${value}`,
    ...below.map(line => `${' '.repeat(width + 3)}- ${line}`),
  ])
}

/** Marks stand above a letter of Arabic, and take no place of their own. */
function widthOf(label: string): number {
  return label.replace(/\p{M}/gu, '').length
}
