import { rowKey } from '../../expressions/row-key.ts'
import type { EncodableEvent } from './encode-event.ts'

/**
 * What an event is about, for those who want only the latest: a row, which it shares with other events, or itself
 * alone. `barrier`: it touches more than one row (TRUNCATE, a changed key), so nothing older may come after it.
 */
export type ConflationKey = { readonly row: string } | 'barrier'

/** Finds out what an event is about. */
export function conflationKey(event: EncodableEvent): ConflationKey {
  if (event.op === 'TRUNCATE' || changesKey(event)) return 'barrier'
  // Without a key no event is the successor of another.
  if (event.table === null || event.id === null) return { row: event.eventId }
  return { row: JSON.stringify([event.table, event.id]) }
}

function changesKey({ op, change }: EncodableEvent): boolean {
  const { oldRow, newRow, table } = change
  if (op !== 'UPDATE' || oldRow === null || newRow === null) return false
  try {
    return rowKey(oldRow, table.keyColumns) !== rowKey(newRow, table.keyColumns)
  } catch {
    // A row that cannot be opened: nothing is known of its key.
    return true
  }
}
