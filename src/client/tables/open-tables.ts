import type { PartCore, StreamHost } from '../machine/stream-part.ts'
import type { LiveTable } from './live-table.ts'
import { readTableRequest, type TableOptions } from './state/table-request.ts'
import { createTableHandle } from './table-handle.ts'
import { createTablePart, type TablePart } from './table-part.ts'

/** The live tables of a client: gives what opens one. Equal ones are one at the hub. */
export function openTables(core: PartCore, host: StreamHost) {
  const parts = new Map<string, TablePart>()
  let count = 0

  /**
   * Opens a live table; the caller closes it.
   * @throws ClientError RTB_CLIENT_TABLE
   */
  return (name: string, options: TableOptions = {}): LiveTable => {
    const request = readTableRequest(name, options)
    const key = JSON.stringify(request)
    const known = parts.get(key)
    // Who asks for one that has failed gets another one, and another answer.
    const detach = () => {
      if (parts.get(key) === part) parts.delete(key)
      host.detach(part)
    }
    const part: TablePart = known ?? createTablePart(`table${++count}`, request, core, host, detach)
    const handle = createTableHandle(part, core.report, () => {
      if (part.listeners.size > 0) return
      part.leave('close')
      detach()
    })
    if (!known) {
      parts.set(key, part)
      host.attach(part)
    }
    return handle
  }
}
