import type { Event } from '../../domain/event.ts'
import { rowKey } from '../../expressions/row-key.ts'

/**
 * The key the row had before, as text; null when an UPDATE did not change it, and for every other event. It is read from
 * the rows of the change, of which a view holds what its receiver may see: of a row that came into sight there is none.
 *
 * @throws RTB_ROW_UNREADABLE
 */
export function oldIdOf({ op, id, change }: Pick<Event, 'op' | 'id' | 'change'>): string | null {
  const { oldRow, newRow, table } = change
  if (op !== 'UPDATE' || oldRow === null || newRow === null) return null
  const before = rowKey(oldRow, table.keyColumns)
  return before === id ? null : before
}
