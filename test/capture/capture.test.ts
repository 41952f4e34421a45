import { expect, test } from 'vitest'
import { openTestCapture } from '../support/capture-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'

const database = await createTestDatabase()

test('delivers a committed insert with its row as PostgreSQL prints it', async () => {
  await database.query('CREATE TABLE booking (id int PRIMARY KEY, amount numeric(10,2))')
  await database.query(`SELECT rtbridge.capture_table('booking', '{id}')`)
  const { received } = await openTestCapture(database.url)
  await database.query('INSERT INTO booking VALUES (1, 10.10)')
  const [change] = await received(1)
  expect(change).toMatchObject({
    op: 'INSERT',
    newRow: '{"id": 1, "amount": 10.10}',
    oldRow: null,
    origin: null,
  })
})
