import { expect, onTestFinished, test } from 'vitest'
import { migrateSchema } from '../../src/database/migrate-schema.ts'
import { openPool } from '../../src/database/pool.ts'
import { adminOptions } from '../support/capture-fixture.ts'
import { describePooler } from '../support/describe-pooler.ts'
import { startPgBouncer } from '../support/start-pgbouncer.ts'
import { createTestDatabase } from '../support/test-database.ts'

const database = await createTestDatabase()
await database.query(`ALTER DATABASE ${database.name} SET default_transaction_isolation = serializable`)

/** How our statements run, alone and in a transaction. */
async function isolationsOf(url: string) {
  const pool = openPool(adminOptions(url), 1)
  onTestFinished(() => pool.close())
  const session = await pool.borrow()
  const ask = `SELECT current_setting('transaction_isolation') AS level`
  const alone = await session.query(ask)
  const together = await session.transaction(query => query(ask))
  session.giveBack(true)
  return [...alone, ...together].map(row => row['level'])
}

test('our reads are never serializable: they could make serializable writers of the application fail', async () => {
  expect(await isolationsOf(database.url)).toEqual(['read committed', 'read committed'])
})

describePooler('behind PgBouncer', () => {
  test('neither are they there', async () => {
    const pooler = await startPgBouncer(database.url, 'transaction')
    expect(await isolationsOf(pooler.url)).toEqual(['read committed', 'read committed'])
  })
})

test('several installers at once do not fail each other', async () => {
  await database.query('DROP SCHEMA rtbridge CASCADE')
  const installers = await Promise.allSettled([1, 2, 3].map(() => migrateSchema(adminOptions(database.url))))
  expect(installers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
})
