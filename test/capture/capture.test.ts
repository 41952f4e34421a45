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

test('connects anew, once, when what it reads has changed its type under a statement that it keeps', async () => {
  await database.query('CREATE TABLE visit (id int PRIMARY KEY)')
  await database.query(`SELECT rtbridge.capture_table('visit', '{id}')`)
  const { received, states } = await openTestCapture(database.url)
  await database.query('INSERT INTO visit VALUES (1)')
  await received(1)
  await database.query('ALTER TABLE rtbridge.journal ALTER COLUMN table_id TYPE bigint')
  await database.query('INSERT INTO visit VALUES (2)')
  await received(2)
  await database.query('INSERT INTO visit VALUES (3)')
  expect((await received(3)).map(({ newRow }) => newRow)).toEqual(['{"id": 1}', '{"id": 2}', '{"id": 3}'])
  expect(states).toEqual(['live', 'RTB_DATABASE_FAILED', 'live'])
})
