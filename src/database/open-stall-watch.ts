import { openConnection } from './connection.ts'
import type { DatabaseOptions } from './connection-settings.ts'
import { readSql } from './sql-file.ts'
import { type AskServer, StallWatch } from './stall-watch.ts'

/** A question that has no answer by then is asked anew: its packets may be among those that were swallowed, ms. */
const askWithinMs = 1_000

/**
 * Watches sessions of a database for answers that were lost on their way.
 * @param onStall told after such sessions were cut
 */
export function openStallWatch(database: DatabaseOptions, onStall: () => void): StallWatch {
  return new StallWatch({ ask: askThrough(database), onStall })
}

function askThrough({ url, connectTimeoutMs }: DatabaseOptions): AskServer {
  const options = {
    url,
    connectTimeoutMs: Math.min(connectTimeoutMs, askWithinMs),
    answerTimeoutMs: askWithinMs,
  }
  return async (pids, signal) => {
    const session = await openConnection(options, 'probe', { signal })
    try {
      const rows = await session.query(readSql('query/inspect_waits.sql'), [`{${pids.join(',')}}`])
      return new Map(
        rows.map(row => [Number(row['pid']), { waitsForClient: row['waits_for_client'] === 't' }]),
      )
    } finally {
      void session.close()
    }
  }
}
