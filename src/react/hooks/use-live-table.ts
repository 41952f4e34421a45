import type { TableOptions } from '../../client/tables/state/table-request.ts'
import type { LiveTableView } from '../sources/live-table-source.ts'
import { idleTable, liveTable } from '../sources/live-table-source.ts'
import { useShared } from '../sources/use-shared.ts'

/**
 * The rows of a table as they are now, and from then on always as SQL would return them.
 * @param name null or undefined: no table, for now
 * @param options as of `client.table`; compared by content, so they may be written inline
 */
export function useLiveTable(
  name: string | null | undefined,
  options: TableOptions = {},
): LiveTableView<Readonly<Record<string, unknown>>> {
  return useShared(liveTable, name === null || name === undefined ? null : { name, options }, idleTable)
}
