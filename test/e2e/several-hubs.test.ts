import { expect, test } from 'vitest'
import { openTestDaemon, type TestDaemon } from '../support/daemon-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'

const yaml = 'tables: { item: { events: { ITEM_ADDED: { on: insert } } } }'
const other = 'tables: { item: { events: { ITEM_ADDED: { on: [insert, update] } } } }'
const database = await createTestDatabase()
await database.query('CREATE TABLE item (id int PRIMARY KEY)')
await installTables(database, yaml)

async function know(hubs: readonly TestDaemon[]): Promise<void> {
  const message = () => `all know each other: ${JSON.stringify(hubs.map(hub => hub.daemon.status().hubs))}`
  const all = () => hubs.every(({ daemon }) => daemon.status().hubs.length === hubs.length - 1)
  await waitFor(all, { message })
}

test('a signal reaches the apps at every hub once, members of its room only, and not its sender', async () => {
  const hubs = [await openTestDaemon(database.url, yaml), await openTestDaemon(database.url, yaml)]
  await know(hubs)
  const [sender, near, far, outside] = [
    await hubs[0]?.register(),
    await hubs[0]?.register(),
    await hubs[1]?.register(),
    await hubs[1]?.register(),
  ]
  for (const client of [sender, near, far]) {
    client?.send('join', { room: 'office' })
    await client?.next('joined')
  }
  const text = 'مرحبا '.repeat(3_000)
  sender?.send('custom_event', { event_type: 'TYPING', data: { text }, room: 'office' })
  sender?.send('custom_event', { event_type: 'LAST', data: {} })
  for (const client of [near, far]) {
    const typing = await client?.next('realtime_event')
    expect(typing?.data).toMatchObject({ event_type: 'TYPING', data: { text }, seq: null })
    expect((await client?.next('realtime_event'))?.data['event_type']).toBe('LAST')
  }
  expect((await outside?.next('realtime_event'))?.data['event_type']).toBe('LAST')
  sender?.send('ping')
  await sender?.next('pong')
  const types = [sender, near, far, outside].map(
    client => client?.messages.filter(message => message.message_type === 'realtime_event').length,
  )
  expect(types).toEqual([0, 2, 2, 1])
})

test('a bridged notification reaches each app once, though every hub hears it', async () => {
  const bridging = `${yaml}\nchannels: [legacy]`
  const hubs = [await openTestDaemon(database.url, bridging), await openTestDaemon(database.url, bridging)]
  await know(hubs)
  const clients = await Promise.all(hubs.map(hub => hub.register()))
  await database.query(`SELECT pg_notify('legacy', '{"n": 1}')`)
  await database.query(`SELECT pg_notify('legacy', '{"n": 2}')`)
  for (const client of clients) {
    await client.next(({ data }) => JSON.stringify(data).includes('"n":2'))
    const events = client.messages.filter(message => message.message_type === 'realtime_event')
    expect(events).toHaveLength(2)
  }
})

test('hubs with the same rules know each other and see no problem; one that ends is forgotten', async () => {
  const hubs = [await openTestDaemon(database.url, yaml), await openTestDaemon(database.url, yaml)]
  await know(hubs)
  const [first, second] = hubs.map(({ daemon }) => daemon)
  expect(first?.status()).toMatchObject({
    problems: [],
    rules: second?.status().rules,
    hubs: [{ hub_id: second?.hubId, address: `127.0.0.1:${second?.port}`, same_rules: true }],
  })
  await second?.close()
  await waitFor(() => first?.status().hubs.length === 0)
})

test('hubs with other rules find each other out: logged once, shown in health with what to do', async () => {
  const hubs = [await openTestDaemon(database.url, yaml), await openTestDaemon(database.url, other)]
  await know(hubs)
  for (const { daemon, log } of hubs) {
    const [peer] = daemon.status().hubs
    const response = await fetch(`http://127.0.0.1:${daemon.port}/health`)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({
      state: 'live',
      problems: [
        {
          code: 'RTB_HUB_RULES_DIFFER',
          message: expect.stringContaining(peer?.address ?? ''),
          hint: expect.stringContaining('rtbridge.yaml'),
        },
      ],
      hubs: [{ same_rules: false }],
    })
    expect(log.filter(line => line.includes('another hub has other rules'))).toHaveLength(1)
  }
})

test('with signals off a hub listens for none, and keeps its own', async () => {
  const alone = `${yaml}\ndatabase: { doorbell: off }`
  const hubs = [await openTestDaemon(database.url, alone), await openTestDaemon(database.url, yaml)]
  const [sender, near, far] = [
    await hubs[0]?.register(),
    await hubs[0]?.register(),
    await hubs[1]?.register(),
  ]
  sender?.send('custom_event', { event_type: 'TYPING', data: {} })
  await near?.next('realtime_event')
  const { rows } = await database.query(
    `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'rtbridge listener'`,
  )
  expect(rows).toHaveLength(1)
  await database.query('INSERT INTO item VALUES (1)')
  expect((await far?.next('realtime_event'))?.data['table']).toBe('item')
})
