import { Pool } from 'pg'
import { afterAll } from 'vitest'
import { excludeFromLeakCheck } from './leak-check.ts'
import { defaultMajor } from './majors.ts'
import { startServer } from './start-server.ts'
import type { TestDatabase } from './test-database.ts'

/** The database of a server that nobody else uses. */
export type OwnDatabase = Pick<TestDatabase, 'url' | 'query'>

/**
 * Starts a server for what depends on the oldest transaction in progress, which may be one of another database: what
 * may be pruned, and who is then told a gap. Call it where tests are declared; it is stopped after them.
 *
 * @param major default the newest
 */
export async function openOwnDatabase(major = defaultMajor): Promise<OwnDatabase> {
  const server = await startServer({ major, settings: { fsync: 'off', autovacuum: 'off' } })
  const pool = new Pool({ connectionString: server.url(), max: 2, idleTimeoutMillis: 0 })
  excludeFromLeakCheck('TCPSocketWrap', () => pool.totalCount)
  afterAll(() => pool.end())
  return { url: server.url(), query: (sql, values = []) => pool.query(sql, [...values]) }
}
