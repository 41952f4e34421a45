import { expect, test } from 'vitest'
import { formatCursor, parseCursor } from '../../src/domain/cursor.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { openClient } from '../support/open-client.ts'
import { connectRawClient, type RawClient } from '../support/raw-client.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'

const yaml = 'tables: { item: {} }\nhub: { max_subscriptions: 3, queue: 64KiB }'
const database = await createTestDatabase()
await database.query('CREATE TABLE item (id int PRIMARY KEY)')
await installTables(database, yaml)

/** The next error frame. */
async function nextError(client: RawClient): Promise<Readonly<Record<string, unknown>>> {
  return (await client.next('error')).data
}

test.each([
  [
    'RTB_SUBSCRIPTION_DUPLICATE',
    {
      subscriptions: [{ id: 'a' }, { id: 'a' }],
    },
  ],
  ['RTB_SUBSCRIPTION_LIMIT', { subscriptions: ['a', 'b', 'c', 'd'].map(id => ({ id })) }],
  ['RTB_SUBSCRIPTION_WHERE', { subscriptions: [{ id: 'a', where: 'new.id = 1' }] }],
  ['RTB_MESSAGE_INVALID', { subscriptions: [{ id: 'a', snapshot: true }] }],
])('a register with %s is refused, and may be sent again', async (code, data) => {
  const hub = await openTestDaemon(database.url, yaml)
  const client = await connectRawClient(hub.url)
  client.send('register', { app_name: 'x', ...data })
  expect(await nextError(client)).toMatchObject({ code, in_reply_to: 'register' })
  client.send('register', { app_name: 'x' })
  await client.next('registered')
})

test('a condition that is wrong is answered with what is wrong with it, however long it is', async () => {
  const hub = await openTestDaemon(database.url, yaml)
  const client = await hub.register()
  client.send('subscribe', { id: 'a', where: `${'new.id == 1 || '.repeat(50)}nev.id == 1` })
  const { code, message } = await nextError(client)
  expect(code).toBe('RTB_SUBSCRIPTION_WHERE')
  expect(message).toContain('uses `nev`')
})

test('subscriptions and rooms that a connection cannot have or has not are refused by name', async () => {
  const hub = await openTestDaemon(database.url, yaml)
  const client = await hub.register()
  client.send('unsubscribe', { id: 'nobody' })
  expect(await nextError(client)).toMatchObject({ code: 'RTB_SUBSCRIPTION_UNKNOWN' })
  for (const id of ['a', 'b', 'c']) client.send('subscribe', { id })
  expect(await nextError(client)).toMatchObject({ code: 'RTB_SUBSCRIPTION_LIMIT' })
  for (let room = 0; room <= 200; room++) client.send('join', { room: `r${room}` })
  expect(await nextError(client)).toMatchObject({ code: 'RTB_ROOM_LIMIT' })
  client.send('register', { app_name: 'again' })
  expect(await nextError(client)).toMatchObject({ code: 'RTB_REGISTER_TWICE' })
})

test('what comes before `registered` is kept up to a limit', async () => {
  const unreachable = await openTestDaemon('postgres://nobody@127.0.0.1:1/nothing', yaml)
  const client = await connectRawClient(unreachable.url)
  client.send('register', { app_name: 'x' })
  for (let count = 0; count < 2_000; count++) client.send('join', { room: 'r' })
  expect(await nextError(client)).toMatchObject({ code: 'RTB_REGISTER_PENDING' })
})

test('a subscription since a cursor that has not happened yet is told so, not left waiting', async () => {
  const hub = await openTestDaemon(database.url, yaml)
  const client = await hub.register()
  const { snapshot, ...cursor } = parseCursor(String(client.registered['cursor']))
  const since = formatCursor({ ...cursor, snapshot: { xmax: snapshot.xmax + 1_000n, xip: [] } })
  client.send('subscribe', { id: 'a', since })
  expect((await client.next('subscribed')).data).toMatchObject({ resumed: 'gap', reason: 'future' })
  const returned = await hub.register({ resume: since })
  expect(returned.registered['resumed']).toBe('gap')
})

test('durable events of one sender keep their order', async () => {
  const hub = await openTestDaemon(database.url, yaml)
  const sender = await hub.register()
  const other = await hub.register()
  for (let n = 0; n < 300; n++) sender.send('custom_event', { event_type: 'NOTE', data: n, durable: true })
  const numbers = () =>
    other.messages.filter(({ data }) => data['event_type'] === 'NOTE').map(({ data }) => data['data'])
  await waitFor(() => numbers().length === 300)
  expect(numbers()).toEqual(Array.from({ length: 300 }, (_, n) => n))
})

test('durable events that the database refuses, or cannot store as fast as they come, are answered with an error', async () => {
  const hub = await openTestDaemon(database.url, yaml)
  const client = await hub.register()
  const witness = await hub.register()
  client.send('custom_event', { event_type: 'NOTE', data: 'nul: \u0000', durable: true })
  // Sent again it would fail again.
  const refused = await nextError(client)
  expect(refused).toMatchObject({ code: 'RTB_CUSTOM_EVENT_FAILED' })
  expect(refused).not.toHaveProperty('retry_ms')

  const blocker = await openClient(database.url)
  await blocker.query('BEGIN; LOCK TABLE rtbridge.journal IN SHARE ROW EXCLUSIVE MODE')
  const data = 'x'.repeat(30_000)
  for (let n = 0; n < 5; n++) client.send('custom_event', { event_type: 'NOTE', data, durable: true })
  expect(await nextError(client)).toMatchObject({ code: 'RTB_CUSTOM_EVENT_FAILED', retry_ms: 1_000 })
  await blocker.query('COMMIT')
  // Those that were taken are stored, and there is room again.
  for (let n = 0; n < 3; n++) await witness.next(message => message.data['event_type'] === 'NOTE')
  client.send('custom_event', { event_type: 'LATER', durable: true })
  await witness.next(message => message.data['event_type'] === 'LATER')
})
