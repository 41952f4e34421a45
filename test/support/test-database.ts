import { randomBytes } from 'node:crypto'
import { Pool, type QueryResult, type QueryResultRow } from 'pg'
import { afterAll, beforeEach, inject, onTestFailed } from 'vitest'
import { runAdminSql, withDatabase } from './admin-sql.ts'
import { excludeFromLeakCheck } from './leak-check.ts'
import { requestServer } from './server-broker.ts'

/** A database of one test file, with rtbridge's schema in it. */
export interface TestDatabase {
  readonly name: string
  /** As a superuser. */
  readonly url: string
  /** As another role; the caller has created it. */
  urlAs(role: string, password: string): string
  /** Runs a statement on a small pool that lives as long as the database. */
  query<Row extends QueryResultRow = Record<string, unknown>>(
    sql: string,
    values?: readonly unknown[],
  ): Promise<QueryResult<Row>>
}

/** Which server the database is on. */
export interface TestDatabaseOptions {
  /** Major version of PostgreSQL; default the server that all files share. */
  readonly major?: number
}

/**
 * Clones the template into a database of its own: NOTIFY channels and advisory locks are per database, so test
 * files cannot hear each other. Call it where tests are declared (`const database = await createTestDatabase()`
 * at the top of the file or of a `describe`); it is dropped after them. When one
 * failed it is kept and named, on a server that outlives the run (`RTBRIDGE_TEST_DATABASE_URL`).
 */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const server = await requestServer(inject('serverBrokerPort'), options.major ?? null)
  const name = `test_${randomBytes(6).toString('hex')}`
  await runAdminSql(server.url, [`CREATE DATABASE ${name} TEMPLATE ${server.template}`])
  const url = withDatabase(server.url, name)
  const pool = openPool(url)
  let isWanted = false
  beforeEach(() => {
    onTestFailed(() => {
      isWanted = server.outlivesRun
    })
  })
  afterAll(async () => {
    await pool.end()
    if (isWanted) console.info(`a test failed, its database is kept: ${name}`)
    else await runAdminSql(server.url, [`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`])
  })
  return {
    name,
    url,
    urlAs: (role, password) => changeUser(url, role, password),
    query: (sql, values = []) => pool.query(sql, [...values]),
  }
}

/** Connections stay open from test to test, and are no leak of the test that happened to open one. */
function openPool(url: string): Pool {
  const pool = new Pool({ connectionString: url, max: 4, idleTimeoutMillis: 0 })
  // Tests terminate backends on purpose; the next query opens a new one.
  pool.on('error', () => {})
  excludeFromLeakCheck('TCPSocketWrap', () => pool.totalCount)
  return pool
}

function changeUser(url: string, role: string, password: string): string {
  const changed = new URL(url)
  changed.username = encodeURIComponent(role)
  changed.password = encodeURIComponent(password)
  return changed.href
}
