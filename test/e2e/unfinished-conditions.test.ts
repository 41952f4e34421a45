import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { ClientError, createClient } from '../../src/client-node/index.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'

/** Conditions that take more work on an event than a connection may spend: see docs/protocol.md. */
const yaml = 'tables: { item: {} }'
const database = await createTestDatabase()
await database.query('CREATE TABLE item (id int PRIMARY KEY, state text, list jsonb, note text)')
await installTables(database, yaml)

/** Quadratic in the length of the list: some 90 elements are as much as a connection may spend on one event. */
const costly = '!new.list.exists(a, new.list.exists(b, a + b == -1))'

/** Rows whose lists have `first`, `first + 10`, … `last` elements, which is their id, too. */
const insertRows = (first: number, last: number) =>
  database.query(
    `INSERT INTO item SELECT n, 'open', (SELECT jsonb_agg(i) FROM generate_series(1, n) i) FROM generate_series($1::int, $2, 10) n`,
    [first, last],
  )

beforeEach(() => database.query('TRUNCATE item'))

function openClient(url: string, transports: readonly ('websocket' | 'sse')[] = ['websocket']) {
  const errors: string[] = []
  const client = createClient({
    url,
    appName: 'test',
    transports,
    onError: error => error instanceof ClientError && errors.push(error.code),
  })
  onTestFinished(() => client.close())
  return { client, errors }
}

test.each(['websocket', 'sse'] as const)(
  'a live table is what SQL says, though other subscriptions spend the budget (%s)',
  async transport => {
    const { url } = await openTestDaemon(database.url, yaml)
    await insertRows(300, 320)
    const { client, errors } = openClient(url, [transport])
    for (const n of [1, 2, 3]) client.subscribe({ where: `${costly} && new.id > ${n}` }, () => {})
    const table = client.table('item', { where: 'new.state.matches("^op")', columns: ['id', 'state'] })
    await table.ready()
    expect(table.rows.map(({ id }) => id)).toEqual([300, 310, 320])
    await database.query('DELETE FROM item WHERE id = 300')
    await database.query(`UPDATE item SET state = 'closed' WHERE id = 310`)
    const shows = (ids: readonly number[]) =>
      table.state === 'live' && `${table.rows.map(({ id }) => id)}` === `${ids}`
    await waitFor(() => shows([320]), { message: () => `${table.state}: ${JSON.stringify(table.rows)}` })
    expect(errors).toContain('RTB_SUBSCRIPTION_WORK')
  },
)

test('rows whose condition can be told when they are read, but not of both sides of a change, stay', async () => {
  const { url } = await openTestDaemon(database.url, yaml)
  await insertRows(50, 80)
  const { client, errors } = openClient(url)
  const table = client.table('item', { where: `${costly} && new.state == "open"`, columns: ['id', 'note'] })
  await table.ready()
  await database.query(`UPDATE item SET note = 'changed'`)
  const shows = () => table.state === 'live' && table.rows.every(({ note }) => note === 'changed')
  await waitFor(shows, { message: () => `${table.state}: ${JSON.stringify(table.rows)}` })
  expect(table.rows.map(({ id }) => id)).toEqual([50, 60, 70, 80])
  expect(errors).toContain('RTB_SUBSCRIPTION_WORK')
})

test('a live table with a row of which nothing can be told fails, and is not without it', async () => {
  const { url } = await openTestDaemon(database.url, yaml)
  await insertRows(300, 1_000)
  const { client } = openClient(url)
  const table = client.table('item', { where: costly })
  await expect(table.ready()).rejects.toMatchObject({ code: 'RTB_SNAPSHOT_WORK' })
  expect(table).toMatchObject({ state: 'failed', error: { code: 'RTB_SNAPSHOT_WORK' }, rows: [] })
})

test('a resume brings what came live: subscriptions that the event cannot be for leave the budget to the others', async () => {
  const { register } = await openTestDaemon(database.url, yaml)
  const others = [
    ...[1, 2, 3].map(n => ({ id: `column ${n}`, where: `${costly} && new.id == ${n}` })),
    { id: 'type', events: ['OTHER'], where: costly },
    { id: 'table', tables: ['other'], where: costly },
    { id: 'room', rooms: ['desk:1'], where: costly },
  ]
  const subscriptions = [...others, { id: 'wanted', where: 'new.list.exists(x, x == 5)' }]
  const client = await register({ client_id: 'first', subscriptions })
  await insertRows(300, 310)
  const told = async ({ next }: Pick<typeof client, 'next'>) => [
    (await next('realtime_event')).data['id'],
    (await next('realtime_event')).data['id'],
  ]
  expect(await told(client)).toEqual(['300', '310'])
  const late = await register({ client_id: 'second', subscriptions, resume: client.registered['cursor'] })
  expect(await told(late)).toEqual(['300', '310'])
})

test('a page of the past says how many events it leaves out because they take too much work', async () => {
  const hub = await openTestDaemon(database.url, yaml)
  const client = await hub.register()
  await insertRows(10, 10)
  await insertRows(1_500, 1_500)
  await insertRows(20, 20)
  for (const id of ['10', '1500', '20']) expect((await client.next('realtime_event')).data['id']).toBe(id)
  const query = new URLSearchParams({ where: costly, cursor: `${client.registered['cursor']}` })
  const answer = await fetch(`http://127.0.0.1:${hub.daemon.port}/api/events?${query}`)
  expect(await answer.json()).toMatchObject({
    events: [{ id: '10' }, { id: '20' }],
    more: false,
    unfinished: 1,
  })
})
