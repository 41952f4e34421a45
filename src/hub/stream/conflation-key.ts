import type { EncodableEvent } from './encode-event.ts'
import { oldIdOf } from './old-id-of.ts'

/**
 * What an event is about, for those who want only the latest: a row, which it shares with other events, or itself
 * alone. `barrier`: it touches more than one row (TRUNCATE, a changed key), so nothing older may come after it, and no
 * event ever stands for a change of the key besides its own.
 */
export type ConflationKey = { readonly row: string } | 'barrier'

/** Finds out what an event is about. */
export function conflationKey(event: EncodableEvent): ConflationKey {
  if (event.op === 'TRUNCATE' || changesKey(event)) return 'barrier'
  // Without a key no event is the successor of another.
  if (event.table === null || event.id === null) return { row: event.eventId }
  return { row: JSON.stringify([event.table, event.id]) }
}

function changesKey(event: EncodableEvent): boolean {
  try {
    return oldIdOf(event) !== null
  } catch {
    // A row that cannot be opened: nothing is known of its key.
    return true
  }
}
