import type { Logger } from '../logging.ts'
import { createRepeatFilter } from '../operations/repeat-filter.ts'
import type { TableReaderOptions } from '../snapshots/table-reader.ts'

/** The same table is logged again after this, ms. */
const remindEveryMs = 60_000

/**
 * Logs live tables that are refused because the role of the hub may not read the table: the clients are told so, and
 * only who runs the hub can help. However many ask, a warning for each table now and then, with what helps.
 */
export function createUnreadableLog(logger: Logger): NonNullable<TableReaderOptions['onUnreadable']> {
  const isNewsOf = new Map<string, ReturnType<typeof createRepeatFilter>>()
  return (table, fix) => {
    const isNews = isNewsOf.get(table) ?? createRepeatFilter(remindEveryMs, () => performance.now())
    isNewsOf.set(table, isNews)
    if (isNews(fix))
      logger.warn(
        { part: 'snapshot', table, fix },
        'a live table was refused: the hub may not read the table',
      )
  }
}
