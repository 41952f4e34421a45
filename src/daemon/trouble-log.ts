import { RtbridgeError } from '../domain/errors/registry.ts'
import type { Logger } from '../logging.ts'
import { createRepeatFilter } from '../operations/repeat-filter.ts'

/** Hears of what failed, and in which part. */
export type ReportTrouble = (error: unknown, part: string) => void

/** The same trouble is logged again after this, ms. */
const remindEveryMs = 60_000

/**
 * Logs the trouble of single requests. What the database refuses is healed by trying again, a thousand clients may meet it
 * at once, and the capture tells of it: a warning now and then. Anything else somebody must look at.
 */
export function createTroubleLog(logger: Logger): ReportTrouble {
  const isNewsOf = createRepeatFilter(remindEveryMs, () => performance.now())
  return (error, part) => {
    const code = error instanceof RtbridgeError ? error.code : null
    if (code === null || !code.startsWith('RTB_DATABASE_')) logger.error({ part, err: error }, 'failed')
    else if (isNewsOf(`${part} ${code}`)) logger.warn({ part, err: error }, 'failed, to be tried again')
  }
}
