import { expect, test } from 'vitest'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { openClient } from '../support/open-client.ts'
import type { RawClient } from '../support/raw-client.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'

const yaml = `
journal: { max_row: 2KiB }
tables:
  queue:
    events:
      CALLED: { on: update }
  secrets: { exclude: [pin] }
  nobody: {}
  keyless: {}
  large: {}
  "odd*": {}
  oddly: {}
  regions: {}
`
const database = await createTestDatabase()
await database.query(`
  CREATE TABLE queue (id bigint PRIMARY KEY, gate text, price numeric);
  CREATE TABLE secrets (id int PRIMARY KEY, owner text, salary int, note text, pin text);
  CREATE TABLE nobody (id int PRIMARY KEY);
  CREATE TABLE keyless (id int);
  CREATE TABLE large (id int PRIMARY KEY, text text);
  CREATE TABLE "odd*" (id int PRIMARY KEY);
  CREATE TABLE oddly (id int PRIMARY KEY);
  CREATE TABLE regions (id int, region text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
  CREATE TABLE regions_a PARTITION OF regions FOR VALUES IN ('a')`)
await installTables(database, yaml)

const live = (id: string, table: string, more: object = {}) => ({
  id,
  tables: [table],
  snapshot: true,
  ...more,
})

/** Everything that came of one live table up to `subscribed`. */
async function rowsOf(client: RawClient, id: string): Promise<{ ids: string[]; rows: unknown[] }> {
  const isThere = () =>
    client.messages.some(each => each.message_type === 'subscribed' && each.data['id'] === id)
  await waitFor(isThere)
  const parts = client.messages.filter(each => each.message_type === 'snapshot' && each.data['id'] === id)
  return {
    ids: parts.flatMap(({ data }) => data['ids'] as string[]),
    rows: parts.flatMap(({ data }) => data['rows'] as unknown[]),
  }
}

test('a live table brings its rows, then its events, and says where it stands', async () => {
  await database.query(
    `INSERT INTO queue VALUES (1, 'north', 10.10), (2, 'south', 9007199254740993.0), (3, NULL, NULL)`,
  )
  const { register } = await openTestDaemon(database.url, yaml)
  const client = await register({ subscriptions: [] })
  const order_by = [{ column: 'id', direction: 'desc' }]
  client.send('subscribe', live('q', 'queue', { order_by }))
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
  // Its table events only: CALLED is a rule's.
  const event = { id: '3', op: 'UPDATE', event_type: 'UPDATE', subscriptions: ['q'] }
  expect((await client.next('realtime_event')).data).toMatchObject(event)
  await client.next('checkpoint')
  expect(client.messages.filter(each => each.message_type === 'realtime_event')).toHaveLength(1)
})

test('a database in which nothing happens does not keep a live table waiting', async () => {
  const { register } = await openTestDaemon(
    database.url,
    `${yaml}\ncapture: { safety_read: 10m, canary: 10m }`,
  )
  const client = await register({ subscriptions: [] })
  // Transactions that no reader has noticed yet.
  for (let n = 0; n < 5; n++) {
    await database.query('CREATE TABLE IF NOT EXISTS unseen (n int)')
    await database.query('INSERT INTO unseen VALUES (1)')
    client.send('subscribe', live(`q${n}`, 'queue'))
    await client.next('subscribed')
  }
})

test('nor does one in which others never stop writing what nobody captures', async () => {
  await database.query('CREATE TABLE noise (n int)')
  const writer = await openClient(database.url)
  await writer.query('SET synchronous_commit = off')
  let isOver = false
  const writing = (async () => {
    while (!isOver) await writer.query('INSERT INTO noise SELECT generate_series(1, 50)')
  })()
  const { register } = await openTestDaemon(
    database.url,
    `${yaml}\ncapture: { safety_read: 10m, canary: 10m }`,
  )
  const client = await register({ subscriptions: [] })
  for (let n = 0; n < 5; n++) {
    client.send('subscribe', live(`q${n}`, 'queue'))
    await client.next('subscribed')
  }
  isOver = true
  await writing
})

test('live tables of a register follow `registered`, and one that fails is told', async () => {
  const { register } = await openTestDaemon(database.url, yaml)
  const client = await register({ subscriptions: [live('q', 'queue'), live('x', 'quue'), { id: 'plain' }] })
  expect((await rowsOf(client, 'q')).ids.length).toBeGreaterThan(0)
  const error = await waitFor(() => client.messages.find(each => each.message_type === 'error'))
  expect(error.data).toMatchObject({ code: 'RTB_SNAPSHOT_TABLE', hint: 'did you mean "queue"?' })
  expect(client.messages.find(each => each.message_type !== 'status')?.message_type).toBe('registered')
})

test('a name that looks like a pattern is a name', async () => {
  await database.query(`INSERT INTO "odd*" VALUES (1); INSERT INTO oddly VALUES (2)`)
  const { register } = await openTestDaemon(database.url, yaml)
  const client = await register({ subscriptions: [live('o', 'odd*')] })
  expect((await rowsOf(client, 'o')).ids).toEqual(['1'])
  await database.query(`INSERT INTO oddly VALUES (3); INSERT INTO "odd*" VALUES (4)`)
  expect((await client.next('realtime_event')).data).toMatchObject({ table: 'odd*', id: '4' })
})

test('it is not mistaken for another subscription of the same words, which means a pattern', async () => {
  const { register } = await openTestDaemon(database.url, yaml)
  const words = { id: 'o', tables: ['odd*'], events: ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] }
  const plain = await register({ subscriptions: [words] })
  const client = await register({ subscriptions: [live('o', 'odd*')] })
  await rowsOf(client, 'o')
  await database.query(`INSERT INTO oddly VALUES (5); INSERT INTO "odd*" VALUES (6)`)
  expect((await client.next('realtime_event')).data).toMatchObject({ table: 'odd*', id: '6' })
  expect((await plain.next('realtime_event')).data).toMatchObject({ table: 'oddly', id: '5' })
  expect((await plain.next('realtime_event')).data).toMatchObject({ table: 'odd*', id: '6' })
})

test('of two tables that go by one name a live table is one, with the events of that one only', async () => {
  const twins = await createTestDatabase()
  await twins.query(`
    CREATE TABLE "a.b" (id int PRIMARY KEY, note text);
    CREATE SCHEMA a;
    CREATE TABLE a.b (id int PRIMARY KEY, note text);
    INSERT INTO "a.b" VALUES (1, 'public'); INSERT INTO a.b VALUES (1, 'schema')`)
  const both = 'tables: { "*": {}, "a.*": {} }'
  await installTables(twins, both)
  const { register } = await openTestDaemon(twins.url, both)
  const client = await register({ subscriptions: [live('t', 'a.b')] })
  const { rows } = await rowsOf(client, 't')
  const [{ note } = { note: '' }] = rows as { note: string }[]
  await twins.query(`
    INSERT INTO "a.b" VALUES (2, 'public'); INSERT INTO a.b VALUES (2, 'schema');
    INSERT INTO "a.b" VALUES (3, 'public'); INSERT INTO a.b VALUES (3, 'schema')`)
  for (const id of [2, 3]) {
    expect((await client.next('realtime_event')).data['data']).toEqual({ id, note })
  }
})

const policies = `${yaml}
policies:
  tables:
    secrets:
      - { where: "new.owner == 'me'", hide: [salary] }
      - { where: "new.owner == 'open'" }
    nobody: []
`

test('rows are seen as events are: no hidden row, no hidden column, and no filter or order that looks behind them', async () => {
  await database.query(`INSERT INTO secrets VALUES (1, 'me', 4711, 'a', 'CANARY-1'), (2, 'other', 4712, 'CANARY-2', 'CANARY-3'),
    (3, 'open', 7, 'b', 'CANARY-4'), (4, 'me', NULL, repeat('c', 9000), 'CANARY-5')`)
  const { register } = await openTestDaemon(database.url, policies)
  const client = await register({
    subscriptions: [live('s', 'secrets'), live('f', 'secrets', { where: 'new.salary > 4000' })],
  })
  const { data } = await client.next(each => each.message_type === 'snapshot' && each.data['id'] === 's')
  expect(data['columns']).toEqual(
    ['id', 'owner', 'salary', 'note'].map(name => expect.objectContaining({ name })),
  )
  const seen = await rowsOf(client, 's')
  expect(seen.rows).toEqual([
    { id: 1, note: 'a', owner: 'me' },
    { id: 3, note: 'b', owner: 'open', salary: 7 },
  ])
  expect((await rowsOf(client, 'f')).ids).toEqual([])
  client.send('subscribe', live('o', 'secrets', { order_by: [{ column: 'salary' }] }))
  expect((await client.next('error')).data).toMatchObject({ code: 'RTB_SNAPSHOT_COLUMN' })
  client.send('subscribe', live('n', 'nobody'))
  const { data: hidden } = await client.next('error')
  expect(hidden).toMatchObject({ code: 'RTB_SNAPSHOT_TABLE' })
  client.send('subscribe', live('n', 'nobdy'))
  expect((await client.next('error')).data['hint']).not.toContain('nobody')
  expect(JSON.stringify(client.messages)).not.toMatch(/CANARY|4711|4712/)
})

test('a row that is too big is named, with its key only', async () => {
  await database.query(
    `INSERT INTO large VALUES (1, 'small'), (2, repeat('x', 5000)), (3, repeat('y', 500000))`,
  )
  const { register } = await openTestDaemon(database.url, yaml)
  const client = await register({
    subscriptions: [live('l', 'large', { order_by: [{ column: 'id' }], columns: ['text'] })],
  })
  const { data } = await client.next('snapshot')
  expect(data).toMatchObject({
    truncated: ['2', '3'],
    rows: [{ id: 1, text: 'small' }, { id: 2 }, { id: 3 }],
  })
})

test('a partitioned table says so, and its key is a list', async () => {
  await database.query(`INSERT INTO regions VALUES (1, 'a')`)
  const { register } = await openTestDaemon(database.url, yaml)
  const client = await register({ subscriptions: [live('r', 'regions')] })
  const { data } = await client.next('snapshot')
  expect(data).toMatchObject({ partitioned: true, key: ['id', 'region'], ids: ['["1","a"]'] })
})

test('a big table goes through the hub without staying there', async () => {
  const rows = 20_000
  await database.query(
    `TRUNCATE large; INSERT INTO large SELECT n, repeat('x', 1500) FROM generate_series(1, ${rows}) n`,
  )
  const { register, daemon } = await openTestDaemon(database.url, yaml)
  const client = await register({ subscriptions: [] })
  const before = process.memoryUsage().arrayBuffers
  let most = 0
  let count = 0
  client.socket.removeAllListeners('message')
  client.socket.on('message', frame => {
    const { message_type: type, data } = JSON.parse(frame.toString())
    if (type === 'snapshot') count += data.ids.length
    const { queuedBytes } = daemon.status().hub as { queuedBytes: number }
    most = Math.max(most, queuedBytes)
  })
  client.send('subscribe', live('l', 'large'))
  await waitFor(() => count === rows)
  expect(most).toBeLessThan(1024 * 1024)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024)
  await database.query('TRUNCATE large')
})

const hostile: readonly (readonly [string, object, string])[] = [
  ['no table', { tables: [] }, 'RTB_MESSAGE_INVALID'],
  ['two tables', { tables: ['queue', 'large'] }, 'RTB_MESSAGE_INVALID'],
  ['a list of events', { events: ['INSERT'] }, 'RTB_MESSAGE_INVALID'],
  ['a room', { rooms: ['a'] }, 'RTB_MESSAGE_INVALID'],
  ['a cursor', { since: 'v1.abc' }, 'RTB_MESSAGE_INVALID'],
  ['an order without a snapshot', { snapshot: false, order_by: [{ column: 'id' }] }, 'RTB_MESSAGE_INVALID'],
  [
    'an order of thousands of columns',
    { order_by: Array.from({ length: 2_000 }, () => ({ column: 'id' })) },
    'RTB_MESSAGE_INVALID',
  ],
  [
    'a hundred times the same column',
    { order_by: Array.from({ length: 100 }, () => ({ column: 'id' })) },
    'subscribed',
  ],
  ['a limit of nothing', { limit: 0 }, 'RTB_MESSAGE_INVALID'],
  ['a pattern', { tables: ['qu*'] }, 'RTB_SNAPSHOT_TABLE'],
  ['a table of rtbridge', { tables: ['rtbridge.canary'] }, 'RTB_SNAPSHOT_TABLE'],
  ['a table that is not captured', { tables: ['pg_catalog.pg_authid'] }, 'RTB_SNAPSHOT_TABLE'],
  ['SQL for a table', { tables: ['queue"; DROP TABLE queue; --'] }, 'RTB_SNAPSHOT_TABLE'],
  ['a table named by NUL', { tables: ['\0'] }, 'RTB_SNAPSHOT_TABLE'],
  ['SQL for a column', { columns: ['id"; DROP TABLE queue; --'] }, 'RTB_SNAPSHOT_COLUMN'],
  ['SQL for an order', { order_by: [{ column: 'id) ; DROP TABLE queue; --' }] }, 'RTB_SNAPSHOT_COLUMN'],
  ['a prototype for a column', { columns: ['__proto__', 'constructor'] }, 'RTB_SNAPSHOT_COLUMN'],
  ['an excluded column', { tables: ['secrets'], columns: ['pin'] }, 'RTB_SNAPSHOT_COLUMN'],
  ['SQL for a condition', { where: `new.gate == "'; DROP TABLE queue; --"` }, 'subscribed'],
  [
    'a condition on NUL and half a character',
    { where: 'new.gate == "\\u0000" || new.gate == "\\ud800"' },
    'RTB_SUBSCRIPTION_WHERE',
  ],
  ['a number beyond all', { where: `new.id < ${'9'.repeat(300)}` }, 'subscribed'],
  ['no primary key', { tables: ['keyless'] }, 'RTB_SNAPSHOT_KEY'],
  [
    'an order by a type without one',
    { order_by: [{ column: 'price' }, { column: 'gate', nulls: 'last' }] },
    'subscribed',
  ],
]

test('whatever is asked for is answered, and the next one is served', async () => {
  const { register, log } = await openTestDaemon(database.url, yaml)
  const client = await register({ subscriptions: [] })
  for (const [what, more, answer] of hostile) {
    client.send('subscribe', { ...live('h', 'queue'), ...more })
    const { message_type: type, data } = await client.next(each =>
      ['error', 'subscribed'].includes(each.message_type),
    )
    expect([what, type === 'error' ? data['code'] : type]).toEqual([what, answer])
  }
  client.send('subscribe', live('end', 'queue'))
  await rowsOf(client, 'end')
  expect(log.filter(line => line.includes('"level":"error"'))).toEqual([])
})

test('a resumed connection names the table without its rows, and gets what it missed', async () => {
  const { register } = await openTestDaemon(database.url, yaml)
  const client = await register({ subscriptions: [live('q', 'queue')] })
  await client.next('snapshot_end')
  const { data: subscribed } = await client.next('subscribed')
  const cursor = (
    client.messages.findLast(each => each.message_type === 'checkpoint') ?? { data: subscribed }
  ).data['cursor']
  await client.close()
  await database.query(`INSERT INTO queue VALUES (100, 'missed', 1)`)
  const events = ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']
  const again = await register({ resume: cursor, subscriptions: [{ id: 'q', tables: ['queue'], events }] })
  expect((await again.next('realtime_event')).data).toMatchObject({ id: '100', op: 'INSERT' })
})
