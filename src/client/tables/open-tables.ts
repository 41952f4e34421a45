import type { PartCore, StreamHost } from '../machine/stream-part.ts'
import type { LiveTable } from './live-table.ts'
import { readTableRequest, type TableOptions } from './state/table-request.ts'
import { createTableHandle } from './table-handle.ts'
import { createTablePart, type TablePart } from './table-part.ts'

/** The live tables of a client: gives what opens one. Equal ones are one at the hub. */
export function openTables(core: PartCore, host: StreamHost) {
  const parts = new Map<TablePart, string>()
  let count = 0

  function open(name: string, options: TableOptions): TablePart {
    const request = readTableRequest(name, options)
    const key = JSON.stringify(request)
    for (const [part, each] of parts) if (each === key) return part
    const part = createTablePart(`table${++count}`, request, core, host, () => {
      // Who asks for one that has failed gets another one, and another answer.
      parts.delete(part)
      host.remove(part)
    })
    parts.set(part, key)
    host.add(part)
    return part
  }

  /**
   * Opens a live table; the caller closes it.
   * @throws ClientError RTB_CLIENT_TABLE
   */
  return (name: string, options: TableOptions = {}): LiveTable =>
    createTableHandle(open(name, options), core.report)
}
