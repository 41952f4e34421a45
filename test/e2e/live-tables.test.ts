import { expect, test } from 'vitest'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { installTables } from '../support/wasla-database.ts'

const yaml = `
tables:
  queue: {}
`
const database = await createTestDatabase()
await database.query('CREATE TABLE queue (id bigint PRIMARY KEY, gate text, price numeric)')
await installTables(database, yaml)

test('a live table brings its rows, then its events, and says where it stands', async () => {
  await database.query(
    `INSERT INTO queue VALUES (1, 'north', 10.10), (2, 'south', 9007199254740993.0), (3, NULL, NULL)`,
  )
  const { register } = await openTestDaemon(database.url, yaml)
  const client = await register({ subscriptions: [] })
  client.send('subscribe', {
    id: 'q',
    tables: ['queue'],
    snapshot: true,
    order_by: [{ column: 'id', direction: 'desc' }],
  })
  const { data: part } = await client.next('snapshot')
  expect(part).toMatchObject({
    id: 'q',
    part: 0,
    ids: ['3', '2', '1'],
    key: ['id'],
    columns: [
      { name: 'id', type: 'bigint' },
      { name: 'gate', type: 'text' },
      { name: 'price', type: 'numeric' },
    ],
    partitioned: false,
  })
  const { data: end } = await client.next('snapshot_end')
  expect(end).toMatchObject({ id: 'q', count: 3, more: false })
  const { data: subscribed } = await client.next('subscribed')
  expect(subscribed).toMatchObject({ id: 'q', resumed: 'fresh', checkpoint: true })
  await database.query(`UPDATE queue SET gate = 'east' WHERE id = 3`)
  expect((await client.next('realtime_event')).data).toMatchObject({
    id: '3',
    op: 'UPDATE',
    subscriptions: ['q'],
  })
})
