import { clientError } from '../api/client-errors.ts'
import { Listeners, type Report } from '../platform/listeners.ts'
import type { LiveTable, TableSnapshot } from './live-table.ts'
import type { AnyRow } from './state/row-order.ts'
import type { TableListener, TablePart } from './table-part.ts'

/**
 * Makes one use of a live table: others of the same table share its rows, and each is closed by itself.
 * @param closed called once, when it is closed
 */
export function createTableHandle(part: TablePart, report: Report, closed: () => void): LiveTable<AnyRow> {
  const listeners = new Listeners<Parameters<TableListener>[0]>()
  const tell: TableListener = change => listeners.emit(change, report)
  /** What was when it was closed. */
  let last: TableSnapshot<AnyRow> | null = null
  const look = () => last ?? part.look()
  part.listeners.add(tell)

  function close(): void {
    if (last) return
    last = { ...part.look(), state: 'closed' }
    part.listeners.delete(tell)
    closed()
    tell(null)
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
    isTruncated: id => !!part.known.shown(id)?.isTruncated,
    ready: () =>
      new Promise((resolve, reject) => {
        const settle = () => {
          const { state, error } = look()
          if (state === 'live') resolve()
          else if (state === 'failed' || state === 'closed') reject(error ?? clientError('RTB_CLIENT_CLOSED'))
          else return
          end()
        }
        const end = listeners.add(settle)
        settle()
      }),
    onChange: hear => listeners.add(change => change && hear(look().rows, change)),
    subscribe: hear => listeners.add(change => change ?? hear()),
    getSnapshot: look,
    close,
    [Symbol.dispose]: close,
  }
}
