import { expect, onTestFinished, test } from 'vitest'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { connectRawClient } from '../support/raw-client.ts'
import { RoamingDesk } from '../support/roaming-desk.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'

const yaml = 'tables: { item: {} }\nhub: { queue: 64KiB, tail: 64KiB, stalled_after: 60s }'
const database = await createTestDatabase()
await database.query('CREATE TABLE item (id int PRIMARY KEY, text text)')
await installTables(database, yaml)
let nextId = 1

/** Writes rows of 1 KB, `count` in one transaction. */
async function write(count: number): Promise<void> {
  const from = nextId
  nextId += count
  await database.query(
    `INSERT INTO item SELECT i, repeat('x', 1000) FROM generate_series($1::int, $2::int) i`,
    [from, nextId - 1],
  )
}

interface HubCounts {
  readonly queuedBytes: number
  readonly tailBytes: number
  readonly connections: number
  readonly subscriptions: number
  readonly profiles: number
  readonly behind: number
  readonly catchingUp: number
}

test('a client that never reads costs its queue and no more, others get everything, and it catches up in order', async () => {
  const { daemon, url } = await openTestDaemon(database.url, yaml)
  const counts = () => daemon.status().hub as HubCounts
  const [quick, stuck] = [
    new RoamingDesk('quick', { batch: true }),
    new RoamingDesk('stuck', { batch: true }),
  ]
  await quick.connect(url)
  await stuck.connect(url)
  stuck.pause()
  const first = nextId
  let mostQueued = 0
  for (let round = 0; round < 30; round++) {
    await write(500)
    await waitFor(() => quick.events.length === nextId - first)
    mostQueued = Math.max(mostQueued, counts().queuedBytes)
  }
  // 15 MB went by; one batch more than the queue may wait.
  expect(mostQueued).toBeLessThan(2 * 1024 * 1024)
  expect(counts().tailBytes).toBeLessThanOrEqual(64 * 1024)
  expect(counts().behind + counts().catchingUp).toBe(1)

  stuck.resume()
  await waitFor(() => stuck.events.length === nextId - first)
  const ids = (desk: RoamingDesk) => desk.events.map(event => Number(event.data['id']))
  expect(ids(stuck)).toEqual(ids(quick))
  expect(stuck.connections).toBe(1)
  expect(stuck.gaps).toEqual([])
})

test('a client that takes nothing for too long is cut, and resumes where it was', async () => {
  const impatient = yaml.replace('60s', '1s, checkpoint_every: 100ms')
  const { daemon, url } = await openTestDaemon(database.url, impatient)
  const desk = new RoamingDesk('stuck', { batch: true })
  await desk.connect(url)
  desk.pause()
  const first = nextId
  // More than the buffers of both sockets hold.
  for (let round = 0; round < 30; round++) await write(500)
  await waitFor(() => (daemon.status().hub as HubCounts).connections === 0)
  await desk.connect(url)
  await waitFor(() => desk.events.length === nextId - first)
  expect(new Set(desk.events.map(event => event.data['id'])).size).toBe(nextId - first)
})

test('a client that asks and reads no answers is cut', async () => {
  const { daemon, url } = await openTestDaemon(database.url, yaml)
  const client = await connectRawClient(url)
  client.socket.pause()
  let isCut = false
  const look = setInterval(() => {
    isCut = (daemon.status().hub as HubCounts).connections === 0
  }, 5)
  onTestFinished(() => clearInterval(look))
  for (let sent = 0; sent < 500_000 && !isCut; sent++) {
    client.sendRaw('not JSON')
    if (client.socket.bufferedAmount > 1024 * 1024)
      await waitFor(() => isCut || client.socket.bufferedAmount === 0)
  }
  await waitFor(() => isCut)
})

test('a flood of subscriptions, rooms and signals leaves nothing behind, and others get what is theirs', async () => {
  const { daemon, register, url } = await openTestDaemon(database.url, yaml)
  const counts = () => daemon.status().hub as HubCounts
  const witness = await register()
  const before = counts()
  for (let round = 0; round < 20; round++) {
    const client = await connectRawClient(url)
    client.send('register', { app_name: 'flood' })
    for (let n = 0; n < 200; n++) {
      client.send('subscribe', { id: `s${n % 50}`, where: `new.id > ${n}`, rooms: n % 3 ? [] : [`r${n}`] })
      client.send('join', { room: `j${n % 20}` })
      client.send('custom_event', { event_type: 'NOISE', data: n, room: 'nowhere' })
      if (n % 2) client.send('unsubscribe', { id: `s${n % 50}` })
      client.send('ping')
    }
    if (round % 2) await client.next(({ message_type }) => message_type === 'pong')
    client.socket.terminate()
  }
  await write(1)
  await witness.next('realtime_event')
  await waitFor(() => counts().connections === before.connections)
  expect(counts()).toMatchObject({
    subscriptions: before.subscriptions,
    profiles: before.profiles,
    queuedBytes: 0,
    catchingUp: 0,
  })
  expect(JSON.stringify(witness.messages)).not.toContain('NOISE')
})
