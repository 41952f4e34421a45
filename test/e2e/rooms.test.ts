import { expect, test } from 'vitest'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'

const tables = `
tables:
  orders:
    events:
      ORDER_CHANGED: { on: [insert, update], rooms: ["order_{new.id}"] }
`
const yaml = `${tables}
queries:
  is_open: "SELECT 1 FROM orders WHERE id = $1 AND status = 'open'"
  is_shop: "SELECT 1 FROM shops WHERE id = $1"
  slow: "SELECT pg_sleep(300) WHERE $1 <> ''"
rooms:
  recheck: 200ms
  patterns:
    "order_{id}": { query: is_open, with: id }
    "shop_{id}": { query: is_shop, with: id }
    "slow_{id}": { query: slow, with: id }
    lobby: {}
`
const database = await createTestDatabase()
await database.query('CREATE TABLE orders (id bigint PRIMARY KEY, status text)')
await installTables(database, tables)
await database.query('CREATE TABLE shops AS SELECT 1::bigint AS id')
await database.query(`INSERT INTO orders VALUES (1, 'open'), (2, 'closed'), (3, 'open')`)

const ordersOf = (client: { readonly messages: readonly { message_type: string; data: object }[] }) =>
  client.messages.filter(({ data }) => 'event_type' in data && data.event_type === 'ORDER_CHANGED')

test('the database decides who joins, the room gets its events, and a right that the database takes back is gone', async () => {
  const { register } = await openTestDaemon(database.url, yaml)
  const client = await register({ subscriptions: [{ id: 'orders', events: ['ORDER_*'] }] })
  client.send('join', { room: 'order_2' })
  expect((await client.next('error')).data['code']).toBe('RTB_ROOM_DENIED')
  client.send('join', { room: 'order_1' })
  await client.next('joined')
  await database.query(`UPDATE orders SET status = status || '' || ' ' WHERE id = 2`)
  await database.query(`UPDATE orders SET status = 'closed' WHERE id = 1`)
  expect((await client.next('realtime_event')).data).toMatchObject({ id: '1', event_type: 'ORDER_CHANGED' })
  const left = await client.next('left')
  expect(left.data).toEqual({ room: 'order_1', reason: 'denied' })
  await database.query(`UPDATE orders SET status = 'lost' WHERE id = 1`)
  client.send('join', { room: 'lobby' })
  await client.next('joined')
  client.send('join', { room: 'order_3' })
  await client.next('joined')
  await database.query(`UPDATE orders SET status = 'open ' WHERE id = 3`)
  await client.next('realtime_event')
  expect(ordersOf(client).map(({ data }) => 'id' in data && data.id)).toEqual(['1', '3'])
})

test('parameters stay parameters, whatever a room is called', async () => {
  const { register } = await openTestDaemon(database.url, yaml)
  const client = await register()
  for (const room of ['order_3 OR true', `order_3'; DELETE FROM orders; --`, 'order_$1', 'order_1e0']) {
    client.send('join', { room })
    const { data } = await client.next('error')
    expect(data['code']).toMatch(/^RTB_ROOM_(DENIED|UNDECIDED)$/)
    expect(JSON.stringify(data)).not.toContain('bigint')
  }
  expect((await database.query('SELECT FROM orders')).rowCount).toBe(3)
})

test('who asks for what was answered lately, or is being asked, costs the database nothing', async () => {
  const { register } = await openTestDaemon(database.url, yaml.replace('recheck: 200ms', 'recheck: 60s'))
  const clients = await Promise.all(Array.from({ length: 20 }, () => register()))
  const [late, ...early] = clients
  for (const client of early) client.send('join', { room: 'shop_1' })
  await Promise.all(early.map(client => client.next('joined')))
  for (let n = 0; n < 50; n++) {
    late?.send('join', { room: 'shop_1' })
    await late?.next('joined')
    late?.send('leave', { room: 'shop_1' })
  }
  // Nobody else reads this table; the server counts what was read a little later.
  expect(await waitFor(readsOfShops)).toBe(1)
})

async function readsOfShops(): Promise<number> {
  const { rows } = await database.query<{ n: string }>(
    `SELECT seq_scan AS n FROM pg_stat_user_tables WHERE relname = 'shops'`,
  )
  return Number(rows[0]?.n)
}

test('a question that takes too long is no, and holds up nobody else', async () => {
  const { register } = await openTestDaemon(database.url, yaml)
  const [slow, other] = [await register(), await register()]
  slow.send('join', { room: 'slow_1' })
  other.send('join', { room: 'lobby' })
  await other.next('joined')
  await database.query(`UPDATE orders SET status = 'open' WHERE id = 1`)
  other.send('join', { room: 'order_1' })
  await other.next('joined')
  expect((await slow.next('error')).data['code']).toBe('RTB_ROOM_UNDECIDED')
})
