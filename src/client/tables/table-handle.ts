import { whenLive } from '../machine/when-live.ts'
import { createListeners, type Report } from '../platform/listeners.ts'
import type { LiveTable, TableSnapshot } from './live-table.ts'
import type { AnyRow } from './state/row-order.ts'
import type { TableListener, TablePart } from './table-part.ts'

/** Makes one use of a live table: others of the same table share its rows, and each is closed by itself. */
export function createTableHandle(part: TablePart, report: Report): LiveTable<AnyRow> {
  const listeners = createListeners<Parameters<TableListener>[0]>(report)
  const leave = part.join(listeners.emit)
  /** What was when it was closed. */
  let last: TableSnapshot<AnyRow> | null = null
  const look = () => last ?? part.look()

  function close(): void {
    if (last) return
    last = { ...look(), state: 'closed' }
    leave()
    listeners.emit(null)
  }

  return {
    get rows() {
      return look().rows
    },
    get state() {
      return look().state
    },
    get error() {
      return look().error
    },
    get cursor() {
      return part.cursor
    },
    get: id => part.known.shown(id)?.row,
    isTruncated: id => !!part.known.shown(id)?.truncated,
    ready: () => whenLive(look, listeners.add),
    onChange: hear => listeners.add(change => change && hear(look().rows, change)),
    subscribe: hear => listeners.add(change => change ?? hear()),
    getSnapshot: look,
    close,
    [Symbol.dispose]: close,
  }
}
