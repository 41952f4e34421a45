import { expect, test } from 'vitest'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { pruneAll } from '../support/prune-all.ts'
import type { RawMessage } from '../support/raw-client.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'

const yaml = 'tables: { item: {}, other: {} }'
const database = await createTestDatabase()
await database.query('CREATE TABLE item (id int PRIMARY KEY, n int, note text)')
await database.query('CREATE TABLE other (id int PRIMARY KEY)')
await installTables(database, yaml)

/** The events of `events` frames, in order. */
function eventsOf(messages: readonly RawMessage[]): Readonly<Record<string, unknown>>[] {
  return messages
    .filter(message => message.message_type === 'events')
    .flatMap(message => message.data['events'] as Readonly<Record<string, unknown>>[])
}

function lastCursor(messages: readonly RawMessage[]): unknown {
  return messages.findLast(message => message.data['cursor'] !== undefined)?.data['cursor']
}

test('a client that was away during 100,000 changes gets exactly those, in order, and then what is new', async () => {
  const { register } = await openTestDaemon(database.url, yaml)
  const before = await register({ batch: true })
  await database.query(`INSERT INTO item SELECT i, 0, 'before' FROM generate_series(1, 1000) i`)
  await waitFor(() => eventsOf(before.messages).length >= 1000)
  const cursor = lastCursor(before.messages)
  await before.close()

  for (let round = 1; round <= 100; round++) await database.query('UPDATE item SET n = n + 1')
  const rss = process.memoryUsage().rss
  const after = await register({ batch: true, resume: cursor })
  await waitFor(() => eventsOf(after.messages).length >= 100_000, { timeoutMs: 60_000 })
  await database.query('INSERT INTO other VALUES (1)')
  await after.next(message => eventsOf([message]).some(({ table }) => table === 'other'))

  const events = eventsOf(after.messages)
  expect(after.registered['resumed']).toBe('resumed')
  expect(events).toHaveLength(100_001)
  expect(new Set(events.map(event => event['event_id'])).size).toBe(100_001)
  const seen = new Map<unknown, number>()
  for (const { id, table, data } of events) {
    const { n } = data as { n?: number }
    if (table !== 'item') continue
    expect(n).toBe((seen.get(id) ?? 0) + 1)
    seen.set(id, Number(n))
  }
  // The client of this test is in the same process and keeps all events: most of what is used is its own.
  expect(process.memoryUsage().rss - rss).toBeLessThan(600 * 1024 * 1024)
})

test('a client whose connection breaks inside a big transaction continues inside it', async () => {
  const { register } = await openTestDaemon(database.url, yaml)
  const first = await register({ batch: true })
  await database.query(`INSERT INTO other SELECT i FROM generate_series(10, 30000) i`)
  const piece = await first.next(
    message => message.message_type === 'events' && message.data['checkpoint'] === false,
  )
  first.socket.terminate()
  const got = eventsOf(first.messages.slice(0, first.messages.indexOf(piece) + 1))

  const second = await register({ batch: true, resume: piece.data['cursor'] })
  await second.next(message => message.message_type === 'events' && message.data['checkpoint'] === true)
  const rest = eventsOf(second.messages)
  expect(second.registered['resumed']).toBe('resumed')
  expect([...got, ...rest].map(event => Number(event['id']))).toEqual(
    Array.from({ length: 29_991 }, (_, index) => index + 10),
  )
})

test('a resume at another hub of the same database misses nothing', async () => {
  const one = await openTestDaemon(database.url, yaml)
  const two = await openTestDaemon(database.url, yaml)
  const client = await one.register({ batch: true })
  const cursor = client.registered['cursor']
  await client.close()
  await database.query('UPDATE other SET id = -id WHERE id = 10')
  const returned = await two.register({ batch: true, resume: cursor })
  const { data } = await returned.next('events')
  expect(data['events']).toMatchObject([{ op: 'UPDATE', data: { id: -10 }, old_data: { id: 10 } }])
})

test('a cursor of before the last pruning is answered with gap: retention', async () => {
  const first = await openTestDaemon(database.url, yaml)
  const client = await first.register()
  const cursor = client.registered['cursor']
  await first.daemon.close()
  await database.query('UPDATE other SET id = 1000000 WHERE id = 30000')
  await pruneAll(database)
  // Another hub, because the first one has what was pruned in its memory and would honestly resume.
  const second = await openTestDaemon(database.url, yaml)
  const returned = await second.register({ resume: cursor })
  expect(returned.registered['resumed']).toBe('gap')
  expect((await returned.next('gap')).data).toMatchObject({ reason: 'retention', action: 'reload' })
})

test('a cursor of another database is answered with gap: incarnation', async () => {
  const elsewhere = 'v1.AAAAAAAAAABkAA'
  const { register } = await openTestDaemon(database.url, yaml)
  const returned = await register({ resume: elsewhere })
  expect(returned.registered['resumed']).toBe('gap')
  expect((await returned.next('gap')).data).toMatchObject({ reason: 'incarnation' })
})

test('200 clients that come back to another hub together share a few reads of the journal', async () => {
  const first = await openTestDaemon(database.url, yaml)
  const cursors: unknown[] = []
  for (let group = 0; group < 5; group++) {
    const client = await first.register()
    cursors.push(client.registered['cursor'])
    await database.query('INSERT INTO other VALUES ($1)', [2_000_000 + group])
    await client.next('realtime_event')
    await client.close()
  }
  await first.daemon.close()
  await database.query('INSERT INTO other SELECT 4000000 + i FROM generate_series(1, 1000) i')
  const second = await openTestDaemon(database.url, yaml)
  const returned = await Promise.all(
    Array.from({ length: 200 }, (_, index) => second.register({ batch: true, resume: cursors[index % 5] })),
  )
  await database.query('INSERT INTO other VALUES (3000000)')
  await Promise.all(
    returned.map(client => client.next(message => eventsOf([message]).at(-1)?.['id'] === '3000000', 20_000)),
  )
  const { counters } = second.daemon.status().hub as { counters: { replays: number } }
  returned.forEach(({ registered, messages }, index) => {
    const events = eventsOf(messages)
    expect(registered['resumed']).toBe('resumed')
    expect(events).toHaveLength(5 - (index % 5) + 1_000 + 1)
    expect(new Set(events.map(event => event['event_id'])).size).toBe(events.length)
  })
  expect(counters.replays).toBeLessThanOrEqual(10)
})
