import type { TestDatabase } from './test-database.ts'
import { waitFor } from './wait-for.ts'

/**
 * Prunes every change that is in the journal when it is called; retention is left at nothing.
 *
 * It is done again and again until they are gone: `rtbridge.prune` keeps what is not older than the oldest transaction
 * in progress, which may be one of another database of the server, and a hub that has just begun sets `keep` again.
 * A hub that has not read them yet misses them.
 *
 * Only on a server of its own may a test go on to say that somebody misses *nothing*: where a transaction of another
 * database was open when a position was taken, that position reaches back to before it, and is told a gap.
 */
export async function pruneAll(database: Pick<TestDatabase, 'query'>): Promise<void> {
  const { rows } = await database.query('SELECT max(seq) AS last FROM rtbridge.journal')
  const last = rows[0]?.['last'] ?? null
  await waitFor(
    async () => {
      await database.query(`UPDATE rtbridge.retention SET keep = '0'`)
      await database.query('SELECT rtbridge.prune(1000000)')
      const { rowCount } = await database.query('SELECT FROM rtbridge.journal WHERE seq <= $1', [last])
      return rowCount === 0
    },
    { message: 'the journal was pruned' },
  )
}
