import type { Sight } from '../../access/access-rules.ts'
import type { Change } from '../../domain/change.ts'
import type { EventReads } from '../../domain/event.ts'
import { memberText, withoutMembers } from '../../expressions/json-text.ts'
import { rowKey } from '../../expressions/row-key.ts'
import type { EncodableEvent } from './encode-event.ts'
import type { Crossing } from './encoded-batch.ts'

/**
 * An event as somebody gets it who does not see all of it: without hidden columns, without a row he does not see, and
 * with what is left of the change itself, so that filters cannot look behind it.
 *
 * - The row came into sight: the row after, and nothing of the one before.
 * - It went out of sight: the key it had, and no business event: its data or its name could tell of the row after.
 * - Only hidden columns changed: nothing happened.
 * - A business event that depends on what is hidden is not given; fields made from it are left out.
 *
 * @returns null when he gets nothing
 * @throws RTB_ROW_UNREADABLE
 */
export function viewEvent(event: EncodableEvent, sight: Sight): EncodableEvent | null {
  const { op, change } = event
  if (event.kind === 'published' || op === 'TRUNCATE') return event
  const rows: Change = {
    ...change,
    oldRow: visibleRow(change.oldRow, sight.before),
    newRow: visibleRow(change.newRow, sight.after),
  }
  if (rows.oldRow === null && rows.newRow === null) return null
  if (op === 'UPDATE' && rows.newRow === null) return leaving(event, rows)
  // Of a truncated row nobody knows what changed.
  if (op === 'UPDATE' && rows.oldRow === rows.newRow && !change.truncated) return null
  return event.kind === 'business' ? viewBusinessEvent(event, rows, sight) : viewRows(event, rows)
}

/** How an update crosses the border of what somebody sees; null when it does not. */
export function crossingOf({ op }: EncodableEvent, { before, after }: Sight): Crossing | null {
  if (op !== 'UPDATE' || (before === null) === (after === null)) return null
  return { before: before !== null, after: after !== null }
}

function visibleRow(row: string | null, hidden: readonly string[] | null): string | null {
  return row === null || hidden === null ? null : withoutMembers(row, hidden)
}

function viewRows(event: EncodableEvent, change: Change): EncodableEvent {
  return {
    ...event,
    data: change.newRow ?? change.oldRow ?? 'null',
    oldData: event.oldData === null ? null : change.oldRow,
    change,
  }
}

/** The key as it was: of the row after not even the key is his to see. */
function leaving(event: EncodableEvent, change: Change): EncodableEvent | null {
  if (event.kind === 'business' || change.oldRow === null) return null
  const { oldRow, table } = change
  const members = table.keyColumns.map(
    column => `${JSON.stringify(column)}: ${memberText(oldRow, column) ?? 'null'}`,
  )
  return {
    ...event,
    id: rowKey(oldRow, table.keyColumns),
    data: `{${members.join(', ')}}`,
    oldData: null,
    change,
  }
}

function viewBusinessEvent(event: EncodableEvent, change: Change, sight: Sight): EncodableEvent | null {
  const { reads } = event
  if (reads === undefined || !canTell(reads.condition, event, sight)) return null
  if (reads.fields === null) return viewRows(event, change)
  return { ...event, data: withoutMembers(event.data, untold(reads.fields, event, sight)), change }
}

function untold(fields: NonNullable<EventReads['fields']>, event: EncodableEvent, sight: Sight): string[] {
  return fields.filter(([, reads]) => !canTell(reads, event, sight)).map(([name]) => name)
}

/** Whether all that was read is his to see. A row that is not there tells nothing. */
function canTell(reads: readonly string[], { change }: EncodableEvent, { before, after }: Sight): boolean {
  return reads.every(read => {
    const isOld = read === 'old' || read.startsWith('old.')
    const hidden = isOld ? before : after
    if ((isOld ? change.oldRow : change.newRow) === null) return true
    if (hidden === null) return false
    return read.includes('.') ? !hidden.includes(read.slice(4)) : hidden.length === 0
  })
}
