import { Pool } from 'pg'
import { afterAll, describe } from 'vitest'
import { excludeFromLeakCheck } from '../support/leak-check.ts'
import { matrixMajors } from '../support/majors.ts'
import { startServer } from '../support/start-server.ts'
import type { TestDatabase } from '../support/test-database.ts'

/** The database of a server that nobody else uses. */
export type OwnDatabase = Pick<TestDatabase, 'url' | 'query'>

/**
 * Declares the same tests once for each PostgreSQL of the matrix, on servers of their own: for what depends on the
 * oldest transaction in progress, which may be one of another database.
 */
export function describeOwnServer(
  title: string,
  declare: (database: OwnDatabase) => void | Promise<void>,
): void {
  for (const major of matrixMajors()) {
    describe(`${title} (PostgreSQL ${major})`, async () => {
      const server = await startServer({ major, settings: { fsync: 'off', autovacuum: 'off' } })
      const pool = new Pool({ connectionString: server.url(), max: 2, idleTimeoutMillis: 0 })
      excludeFromLeakCheck('TCPSocketWrap', () => pool.totalCount)
      afterAll(() => pool.end())
      await declare({ url: server.url(), query: (sql, values = []) => pool.query(sql, [...values]) })
    })
  }
}
