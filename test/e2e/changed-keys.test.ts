import { expect, test } from 'vitest'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { openSseClient } from '../support/sse-client.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'

const yaml = `
tables:
  item: { events: { ITEM_MOVED: { on: update }, ITEM_RENAMED: { on: update, data: { name: new.name } } } }
  seat: {}
  big: { max_row: 1024 }
`
const database = await createTestDatabase()
await database.query('CREATE TABLE item (id bigint PRIMARY KEY, name text)')
await database.query('CREATE TABLE seat (row_no int, day date, taken bool, PRIMARY KEY (day, row_no))')
await database.query('CREATE TABLE big (id text PRIMARY KEY, content text)')
await installTables(database, yaml)

interface Keys {
  readonly event_type: string
  readonly id: string
  readonly old_id?: string
}

const keysOf = ({ event_type, id, old_id }: Keys) => [event_type, id, old_id]

test('the key before comes with every event of an UPDATE that changed it: live, replayed, as a stream, as a page', async () => {
  const { daemon, register } = await openTestDaemon(database.url, yaml)
  const address = `http://127.0.0.1:${daemon.port}`
  const live = await register({ batch: true })
  const stream = await openSseClient(`${address}/events`)
  await stream.next('registered')
  await database.query(`INSERT INTO item VALUES (9007199254740993, 'a')`)
  await database.query(`UPDATE item SET name = 'b'`)
  await database.query(`UPDATE item SET id = 8, name = 'c'`)
  await database.query('DELETE FROM item')
  const expected = [
    ['INSERT', '9007199254740993', undefined],
    ['UPDATE', '9007199254740993', undefined],
    ['ITEM_MOVED', '9007199254740993', undefined],
    ['ITEM_RENAMED', '9007199254740993', undefined],
    ['UPDATE', '8', '9007199254740993'],
    ['ITEM_MOVED', '8', '9007199254740993'],
    ['ITEM_RENAMED', '8', '9007199254740993'],
    ['DELETE', '8', undefined],
  ]
  const inFrames = () =>
    live.messages.flatMap(({ data }) => (data['events'] as readonly Keys[] | undefined) ?? []).map(keysOf)
  await waitFor(() => inFrames().length === expected.length)
  expect(inFrames()).toEqual(expected)
  await stream.next('DELETE')
  const blocks = stream.blocks.filter(({ data }) => data.includes('"event_type"'))
  expect(blocks.map(({ data }) => keysOf(JSON.parse(data)))).toEqual(expected)

  const second = await openTestDaemon(database.url, yaml)
  await second.daemon.live
  const cursor = String(live.registered['cursor'])
  const page = await fetch(`http://127.0.0.1:${second.daemon.port}/api/events?cursor=${cursor}`)
  const { events } = (await page.json()) as { events: readonly Keys[] }
  expect(events.map(keysOf)).toEqual(expected)
  const resumed = await second.register({ resume: cursor })
  for (const keys of expected)
    expect(keysOf((await resumed.next('realtime_event')).data as unknown as Keys)).toEqual(keys)
})

test('a key of several columns is told as a list, before and after, also when one column of it changed', async () => {
  const { register } = await openTestDaemon(database.url, yaml)
  const client = await register({ subscriptions: [{ id: 'seats', tables: ['seat'], events: ['UPDATE'] }] })
  await database.query(`INSERT INTO seat VALUES (1, '2026-11-20', false)`)
  await database.query(`UPDATE seat SET day = '2026-11-21'`)
  await database.query('UPDATE seat SET taken = true')
  const moved = await client.next('realtime_event')
  expect(moved.data).toMatchObject({ id: '["2026-11-21","1"]', old_id: '["2026-11-20","1"]' })
  expect((await client.next('realtime_event')).data).not.toHaveProperty('old_id')
})

test('a row too big for the journal tells the key it had, too', async () => {
  const { register } = await openTestDaemon(database.url, yaml)
  const client = await register({ subscriptions: [{ id: 'big', tables: ['big'], events: ['UPDATE'] }] })
  await database.query(
    `INSERT INTO big SELECT 'old', string_agg(md5(i::text), '') FROM generate_series(1, 50) i`,
  )
  await database.query(`UPDATE big SET id = 'new'`)
  const { data } = await client.next('realtime_event')
  expect(data).toMatchObject({ truncated: true, id: 'new', old_id: 'old' })
})

test('a filter that the row leaves with another key tells both keys', async () => {
  const { register } = await openTestDaemon(database.url, yaml)
  await database.query(`INSERT INTO item VALUES (1, 'here')`)
  const filter = { id: 'here', tables: ['item'], events: ['UPDATE'], where: 'new.name == "here"' }
  const client = await register({ subscriptions: [filter] })
  await database.query(`UPDATE item SET id = 2, name = 'gone'`)
  const { data } = await client.next('realtime_event')
  expect(data).toMatchObject({ id: '2', old_id: '1', transition: 'leave' })
})
