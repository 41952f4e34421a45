import { expect, test } from 'vitest'
import { openClient } from './open-client.ts'
import { pruneAll } from './prune-all.ts'
import { createTestDatabase } from './test-database.ts'
import { waitFor } from './wait-for.ts'

const [database, elsewhere] = [await createTestDatabase(), await createTestDatabase()]

test('waits for a transaction that is open in another database of the server', async () => {
  const holder = await openClient(elsewhere.url)
  await holder.query('BEGIN; SELECT pg_current_xact_id()')
  await database.query(`SELECT rtbridge.publish('NOTE', '1')`)
  await database.query(`UPDATE rtbridge.retention SET keep = '0'`)
  expect((await database.query('SELECT rtbridge.prune(1000) AS gone')).rows).toEqual([{ gone: 0 }])
  let isDone = false
  let looks = 0
  const query: typeof database.query = (sql, values) => {
    looks++
    return database.query(sql, values)
  }
  const pruned = pruneAll({ query }).then(() => {
    isDone = true
  })
  await waitFor(() => looks > 6)
  expect(isDone).toBe(false)
  await holder.query('COMMIT')
  await pruned
  expect((await database.query('SELECT FROM rtbridge.journal')).rowCount).toBe(0)
})
