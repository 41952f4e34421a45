import { expect, onTestFinished, test } from 'vitest'
import { identifyHistory } from '../../src/capture/incarnation.ts'
import { openConnection } from '../../src/database/connection.ts'
import { adminOptions } from '../support/capture-fixture.ts'
import { describePooler } from '../support/describe-pooler.ts'
import { openClient } from '../support/open-client.ts'
import { startPgBouncer } from '../support/start-pgbouncer.ts'
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

/** Lets hubs meet a run of the server that none has recorded, all at the same moment. Returns what each made of it. */
async function meetAtOnce(database: TestDatabase, url: string, hubs: number) {
  await database.query('DELETE FROM rtbridge.server_run')
  const sessions = await Promise.all(
    Array.from({ length: hubs }, () => openConnection(adminOptions(url), 'helper')),
  )
  onTestFinished(async () => void (await Promise.all(sessions.map(session => session.close()))))
  const holder = await openClient(database.url)
  await holder.query('BEGIN; SELECT FROM rtbridge.installation FOR UPDATE')
  const met = Promise.all(sessions.map(session => identifyHistory(session)))
  await waitFor(async () => {
    const { rows } = await database.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    )
    return rows.length === hubs
  })
  await holder.query('COMMIT')
  return new Set((await met).map(({ incarnation }) => incarnation))
}

test('a run of the server is recorded once among many hubs, whatever isolation the database asks for', async () => {
  const database = await createTestDatabase()
  for (const isolation of ['read committed', 'repeatable read', 'serializable']) {
    await database.query(`ALTER DATABASE ${database.name} SET default_transaction_isolation = '${isolation}'`)
    const incarnations = await meetAtOnce(database, database.url, 4)
    const { rows } = await database.query('SELECT id FROM rtbridge.server_run')
    expect([rows.length, incarnations.size], isolation).toEqual([1, 1])
  }
})

describePooler('behind PgBouncer', async () => {
  const database = await createTestDatabase()
  const pooler = await startPgBouncer(database.url, 'transaction')

  test('a run of the server is recorded once among many hubs', async () => {
    const incarnations = await meetAtOnce(database, pooler.url, 4)
    const { rows } = await database.query('SELECT id FROM rtbridge.server_run')
    expect([rows.length, incarnations.size]).toEqual([1, 1])
  })
})
