/** How a column of a type is ordered; texts by code point, which is what the bytes of UTF-8 give. */
export type Ordering = 'plain' | 'text' | 'padded'

const orderings: Readonly<Record<string, Ordering>> = {
  smallint: 'plain',
  integer: 'plain',
  bigint: 'plain',
  numeric: 'plain',
  boolean: 'plain',
  uuid: 'plain',
  date: 'plain',
  'timestamp without time zone': 'plain',
  'timestamp with time zone': 'plain',
  text: 'text',
  'character varying': 'text',
  // Printed with its blanks, which a comparison would leave out.
  character: 'padded',
}

/**
 * How rows can be ordered by a column, so that any program that has the printed rows finds the same order.
 * @param type PostgreSQL's name of it
 * @returns null when they cannot
 */
export function orderingOf(type: string): Ordering | null {
  return Object.hasOwn(orderings, type) ? (orderings[type] ?? null) : null
}
