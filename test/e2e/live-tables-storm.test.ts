import { expect, test } from 'vitest'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'

const yaml = `
limits: { messages: 100000 }
tables: { queue: {} }
`
const database = await createTestDatabase()
await database.query(`
  CREATE TABLE queue (id int PRIMARY KEY, note text);
  INSERT INTO queue SELECT n, repeat('x', 500) FROM generate_series(1, 5000) n`)
await installTables(database, yaml)

const live = (id: string, more: object = {}) => ({ id, tables: ['queue'], snapshot: true, ...more })

/** Reads that the database has open. */
async function openReads(): Promise<number> {
  const { rows } = await database.query(
    `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'rtbridge%'
     AND state <> 'idle' AND query LIKE '%queue%'`,
  )
  return rows.length
}

test('who subscribes and unsubscribes a thousand times leaves nothing behind, and the last one is whole', async () => {
  const { daemon, register } = await openTestDaemon(database.url, yaml)
  const storm = await register({ subscriptions: [] })
  const bystander = await register({ subscriptions: [live('all')] })
  for (let n = 1; n <= 1_000; n++) {
    storm.send('subscribe', live('q', { limit: n }))
    // Most are given up before they begin or while the statement starts, some while rows come.
    if (n % 50 === 0) await storm.next('snapshot')
    if (n % 3 !== 0) storm.send('unsubscribe', { id: 'q' })
    if (n % 100 === 0) await database.query(`UPDATE queue SET note = note || 'y' WHERE id = $1`, [n])
    for (let turn = 0; turn < n % 10; turn++) await new Promise(resolve => setImmediate(resolve))
  }
  storm.send('subscribe', live('q'))
  await bystander.next(({ data, message_type: type }) => type === 'subscribed' && data['id'] === 'all')
  await storm.next(({ data, message_type: type }) => type === 'snapshot_end' && data['count'] === 5_000)
  await waitFor(() => storm.messages.at(-1)?.message_type !== 'snapshot')
  const from = storm.messages.findLastIndex(
    ({ message_type: type, data }) => type === 'snapshot' && data['part'] === 0,
  )
  const ids = storm.messages.slice(from).flatMap(({ data }) => (data['ids'] as string[] | undefined) ?? [])
  expect(new Set(ids).size).toBe(5_000)
  expect(storm.messages.filter(({ message_type: type }) => type === 'error')).toEqual([])
  await waitFor(async () => (await openReads()) === 0)
  expect(daemon.status().hub).toMatchObject({ snapshotsWaiting: 0, snapshotsReading: 0, queuedBytes: 0 })
})

test('a register with a hundred live tables gets each of them whole', async () => {
  const { register } = await openTestDaemon(database.url, yaml)
  const subscriptions = Array.from({ length: 100 }, (_, n) => live(`t${n}`, { limit: n + 1 }))
  const client = await register({ subscriptions })
  const ends = () => client.messages.filter(({ message_type: type }) => type === 'subscribed')
  await waitFor(() => ends().length === 100)
  const counts = client.messages
    .filter(({ message_type: type }) => type === 'snapshot_end')
    .map(({ data }) => [data['id'], data['count']])
  expect(Object.fromEntries(counts)).toEqual(
    Object.fromEntries(subscriptions.map(({ id }, n) => [id, n + 1])),
  )
})
