import { Retention } from '../capture/retention.ts'
import type { Config } from '../config/config.ts'
import type { Pool } from '../database/pool.ts'
import type { Logger } from '../logging.ts'

const pruneSoonMs = 5_000
const pruneEveryMs = 60_000

/** Keeps the journal within what is configured, from now on; it is closed by its owner. */
export function startRetention(
  { config, logger }: { readonly config: Config; readonly logger: Logger },
  pool: Pool,
): Retention {
  const log = logger.child({ part: 'retention' })
  return new Retention({
    pool,
    keepMs: config.journal.retentionMs,
    maxBytes: config.journal.maxSizeBytes,
    soonMs: pruneSoonMs,
    everyMs: pruneEveryMs,
    onPruned: rows => log.debug({ rows }, 'journal pruned'),
    // A database that is away is the reader's to report; pruning has its next turn.
    onError: error => log.debug({ err: error }, 'pruning failed'),
  })
}
