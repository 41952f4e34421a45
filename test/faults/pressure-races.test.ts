import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { connectCrowd, cutAll, type Member } from '../support/crowd.ts'
import { loadTimeoutMs, sized } from '../support/full-size.ts'
import { type MeasuredHub, startMeasuredHub } from '../support/measured-hub.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'

const yaml = 'tables: { item: {} }'
const database = await createTestDatabase()
await database.query('CREATE TABLE item (id int PRIMARY KEY, n int)')
await database.query('INSERT INTO item SELECT i, 0 FROM generate_series(1, 40) i')
await installTables(database, yaml)

const clients = sized({ normal: 250, full: 5_000 })
const racers = sized({ normal: 250, full: 5_000 })
/** More at once overflow the queue of connections that the system keeps for the hub. */
const atOnce = 200

/** What a hub without clients keeps for clients. */
async function expectNothingLeft(hub: MeasuredHub): Promise<void> {
  const nothing = { connections: 0, registered: 0, subscriptions: 0, profiles: 0 }
  const idle = { behind: 0, catchingUp: 0, queuedBytes: 0, heldBytes: 0 }
  await waitFor(async () => (await hub.stats()).connections === 0, { timeoutMs: 60_000 })
  expect(await hub.stats()).toMatchObject({ ...nothing, ...idle })
}

/** Subscriptions of every kind, a profile of its own for most. */
function manySubscriptions(index: number): object[] {
  return [
    { id: 'all', conflate_ms: 60_000 },
    { id: 'some', where: `new.id > ${index}`, rooms: [`room${index % 50}`] },
    { id: 'none', events: ['NEVER'], channels: ['none'] },
  ]
}

test(
  `${clients} clients with held events, rooms and filters are cut at once, and the hub's tables are empty again`,
  async () => {
    const hub = await startMeasuredHub(database, yaml)
    const crowd: Member[] = []
    while (crowd.length < clients) {
      const first = crowd.length
      const registration = (index: number) => ({ subscriptions: manySubscriptions(first + index) })
      crowd.push(...(await connectCrowd(hub.url, Math.min(atOnce, clients - first), registration)))
    }
    await database.query('UPDATE item SET n = n + 1 WHERE id <= 20')
    await waitFor(async () => (await hub.stats()).heldBytes > 0)
    expect(await hub.stats()).toMatchObject({ registered: clients, subscriptions: 3 * clients })
    await cutAll(crowd)
    await expectNothingLeft(hub)
  },
  loadTimeoutMs,
)

/** Registers, resumes, subscribes and joins, and is gone before the answers, or after some of them. */
function race(hub: MeasuredHub, index: number, since: string | null): Promise<void> {
  const socket = new WebSocket(hub.url, { perMessageDeflate: false })
  const send = (message_type: string, data: object) => socket.send(JSON.stringify({ message_type, data }))
  socket.on('error', () => {})
  socket.on('open', () => {
    send('register', {
      app_name: 'racer',
      batch: true,
      resume: since,
      subscriptions: manySubscriptions(index),
    })
    send('subscribe', { id: 'late', since, conflate_ms: 100 })
    send('join', { room: 'hall' })
    send('unsubscribe', { id: 'late' })
    send('subscribe', { id: 'late', since })
    if (index % 3 === 0) socket.terminate()
    else if (index % 3 === 1) socket.on('message', () => socket.terminate())
    else send('ping', {})
  })
  socket.on('message', frame => {
    if (frame.toString().includes('"pong"')) socket.close()
  })
  return new Promise(resolve => socket.once('close', () => resolve()))
}

test(
  `${racers} clients that vanish while they register, subscribe and replay leave nothing behind`,
  async () => {
    const hub = await startMeasuredHub(database, yaml)
    const [witness] = await connectCrowd(hub.url, 1)
    const since = witness?.cursor ?? null
    for (let round = 0; round < 5; round++) await database.query('UPDATE item SET n = n + 1')
    const began = performance.now()
    for (let index = 0; index < racers; index += atOnce) {
      const some = Array.from({ length: Math.min(atOnce, racers - index) }, (_, at) => index + at)
      await Promise.all([
        ...some.map(each => race(hub, each, since)),
        database.query('UPDATE item SET n = n + 1'),
      ])
    }
    console.info(`${Math.round((racers * 1_000) / (performance.now() - began))} came and went in a second`)
    const changes = (5 + Math.ceil(racers / atOnce)) * 40
    await waitFor(() => witness?.ids.length === changes, { timeoutMs: 60_000 })
    await cutAll(witness === undefined ? [] : [witness])
    await expectNothingLeft(hub)
  },
  loadTimeoutMs,
)
