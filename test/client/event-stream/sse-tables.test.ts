import { expect, onTestFinished, test } from 'vitest'
import { createClient } from '../../../src/client-node/index.ts'
import { openTestDaemon } from '../../support/daemon-fixture.ts'
import { createTestDatabase } from '../../support/test-database.ts'
import { waitFor } from '../../support/wait-for.ts'
import { installTables } from '../../support/wasla-database.ts'

const yaml = 'tables:\n  queue: {}\n  other: {}\n'
const database = await createTestDatabase()
await database.query('CREATE TABLE queue (id int PRIMARY KEY, n int)')
await database.query('CREATE TABLE other (id int PRIMARY KEY)')
await installTables(database, yaml)

/** A client that reads an event stream, and what it reported. */
async function openOverStream() {
  const { daemon } = await openTestDaemon(database.url, yaml)
  const errors: unknown[] = []
  const states: string[] = []
  const client = createClient({
    url: `http://127.0.0.1:${daemon.port}/`,
    appName: 'test',
    transports: ['sse'],
    backoff: { minMs: 5, maxMs: 20 },
    onError: error => void errors.push(error),
  })
  client.onStatus(({ state }) => void states.push(state))
  onTestFinished(() => client.close())
  return { client, errors, states }
}

test('live tables follow the database over an event stream, also one that is opened later', async () => {
  await database.query('TRUNCATE queue, other; INSERT INTO queue SELECT g, g FROM generate_series(1, 5) g')
  const { client, errors, states } = await openOverStream()
  const all = client.table('queue')
  const first = client.table('queue', { where: 'new.n > 2', orderBy: 'n desc', limit: 2 })
  await Promise.all([all.ready(), first.ready()])
  await database.query('INSERT INTO queue VALUES (6, 6); DELETE FROM queue WHERE id = 1')
  await waitFor(() => all.get('6') !== undefined && all.get('1') === undefined)
  expect(first.rows.map(row => row['n'])).toEqual([6, 5])
  const later = client.table('other')
  await later.ready()
  await database.query('INSERT INTO other VALUES (1); UPDATE queue SET n = 9 WHERE id = 2')
  await waitFor(() => later.rows.length === 1 && first.rows[0]?.['n'] === 9)
  expect(all.rows).toHaveLength(5)
  expect(states.filter(state => state === 'online')).toHaveLength(1)
  expect(errors).toEqual([])
})

test('what the hub refuses fails alone over an event stream: live tables and rooms among others', async () => {
  await database.query('TRUNCATE queue; INSERT INTO queue VALUES (1, 1)')
  const { client, states } = await openOverStream()
  const wrong = [client.table('nope'), client.join('user:zoe'), client.table('nor_this')]
  const [events, room, table] = [client.on('INSERT', () => {}), client.join('lobby'), client.table('queue')]
  await Promise.all([events.ready(), room.ready(), table.ready()])
  const results = await Promise.allSettled(wrong.map(one => one.ready()))
  expect(results.map(result => (result as PromiseRejectedResult).reason.code)).toEqual([
    'RTB_SNAPSHOT_TABLE',
    'RTB_ROOM_AUTOMATIC',
    'RTB_SNAPSHOT_TABLE',
  ])
  await expect(client.join('user:amir').ready()).rejects.toMatchObject({ code: 'RTB_ROOM_AUTOMATIC' })
  await database.query('INSERT INTO queue VALUES (2, 2)')
  await waitFor(() => table.rows.length === 2)
  expect([events.state, room.state]).toEqual(['live', 'live'])
  expect(states.filter(state => state === 'online')).toHaveLength(1)
})
