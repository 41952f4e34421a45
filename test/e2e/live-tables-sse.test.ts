import { expect, test } from 'vitest'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { openSseClient } from '../support/sse-client.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'

const yaml = 'tables: { queue: {}, keyless: {} }'
const database = await createTestDatabase()
await database.query(`
  CREATE TABLE queue (id int PRIMARY KEY, gate text);
  CREATE TABLE keyless (id int);
  INSERT INTO queue VALUES (1, 'north'), (2, 'south')`)
await installTables(database, yaml)

const live = (id: string, table: string, more: object = {}) => ({
  id,
  tables: [table],
  snapshot: true,
  ...more,
})
const streamOf = (url: string, subscriptions: readonly object[]) =>
  `${url.replace(/^ws/, 'http')}events?subscriptions=${encodeURIComponent(JSON.stringify(subscriptions))}`
const parsed = ({ data }: { readonly data: string }) => JSON.parse(data) as Record<string, unknown>

test('live tables come as server-sent events, and again after a cut, with what was missed', async () => {
  const { url } = await openTestDaemon(database.url, yaml)
  const subscriptions = [
    live('queue', 'queue', { order_by: [{ column: 'id' }] }),
    live('north', 'queue', { where: "new.gate == 'north'" }),
  ]
  const first = await openSseClient(streamOf(url, subscriptions))
  const isSettled = (of: typeof first) => of.blocks.filter(({ name }) => name === 'subscribed').length === 2
  await waitFor(() => isSettled(first))
  const parts = first.blocks.filter(({ name }) => name === 'snapshot').map(parsed)
  expect(parts.find(({ id }) => id === 'queue')).toMatchObject({ part: 0, ids: ['1', '2'] })
  expect(parts.find(({ id }) => id === 'north')).toMatchObject({ part: 0, ids: ['1'] })
  await database.query(`UPDATE queue SET gate = 'east' WHERE id = 1`)
  expect(parsed(await first.next('UPDATE'))).toMatchObject({
    id: '1',
    // In the order in which their rows have come.
    subscriptions: expect.arrayContaining(['queue', 'north']),
    transitions: { queue: null, north: 'leave' },
  })
  const { lastEventId } = await first.next('checkpoint')
  first.vanish()
  await database.query(`INSERT INTO queue VALUES (3, 'north')`)
  const second = await openSseClient(streamOf(url, subscriptions), { 'last-event-id': lastEventId })
  expect(parsed(await second.next('registered'))).toMatchObject({ resumed: 'resumed' })
  await waitFor(() => isSettled(second))
  // The rows may be of a moment ago, when somebody asked for the same: then the rest follows as events.
  const idsOf = (own: string) =>
    second.blocks.flatMap(block => {
      const { id, ids, subscriptions: matched } = parsed(block)
      if (block.name === 'snapshot') return id === own ? (ids as string[]) : []
      return block.name === 'INSERT' && (matched as string[]).includes(own) ? [String(id)] : []
    })
  await waitFor(() => idsOf('queue').includes('3') && idsOf('north').includes('3'))
  expect(new Set(idsOf('queue'))).toEqual(new Set(['1', '2', '3']))
})

test('a live table that cannot be had is told of, and the others of its stream go on', async () => {
  const { url } = await openTestDaemon(database.url, yaml)
  const client = await openSseClient(
    streamOf(url, [live('a', 'keyless'), live('b', 'nowhere'), live('c', 'queue')]),
  )
  await client.next('subscribed')
  // Each is read by itself, in any order.
  const codes = () => client.blocks.filter(({ name }) => name === 'error').map(block => parsed(block)['code'])
  await waitFor(() => codes().length >= 2)
  expect(codes().sort()).toEqual(['RTB_SNAPSHOT_KEY', 'RTB_SNAPSHOT_TABLE'])
  await database.query(`INSERT INTO queue VALUES (10, 'west')`)
  expect(parsed(await client.next('INSERT'))).toMatchObject({ id: '10', subscriptions: ['c'] })
  expect(client.isClosed).toBe(false)
})
