import { clientError } from '../client-errors.ts'
import { Listeners, type Report } from '../listeners.ts'
import type { RowChange } from './known-rows.ts'
import type { LiveTable, TableSnapshot } from './live-table.ts'
import type { AnyRow } from './row-order.ts'
import type { TableListener, TablePart } from './table-part.ts'

/**
 * Makes one use of a live table: others of the same table share its rows, and each is closed by itself.
 * @param closed called once, when it is closed
 */
export function createTableHandle(part: TablePart, report: Report, closed: () => void): LiveTable<AnyRow> {
  const changes = new Listeners<RowChange>()
  const news = new Listeners<void>()
  /** What was when it was closed. */
  let last: TableSnapshot<AnyRow> | null = null
  const listener: TableListener = {
    changed: change => changes.emit(change, report),
    news: () => news.emit(undefined, report),
  }
  part.listeners.add(listener)

  const look = () => last ?? part.snapshot

  function close(): void {
    if (last) return
    last = { ...part.snapshot, state: 'closed' }
    part.listeners.delete(listener)
    closed()
    listener.news()
  }

  function ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        const { state, error } = look()
        if (state === 'live') resolve()
        else if (state === 'failed' || state === 'closed') reject(error ?? clientError('RTB_CLIENT_CLOSED'))
        else return
        end()
      }
      const end = news.add(settle)
      settle()
    })
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
    get: id => part.get(id)?.row,
    isTruncated: id => !!part.get(id)?.isTruncated,
    ready,
    onChange: hear => changes.add(change => hear(look().rows, change)),
    subscribe: hear => news.add(hear),
    getSnapshot: look,
    close,
    [Symbol.dispose]: close,
  }
}
