import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findFreePort } from '../../src/demo/postgres/free-port.ts'
import { openTestDaemon, type TestDaemon } from '../support/daemon-fixture.ts'
import { HubProcess } from '../support/hub-process.ts'
import { openClient } from '../support/open-client.ts'
import { connectRawClient, type RawClient } from '../support/raw-client.ts'
import { openSseClient } from '../support/sse-client.ts'
import { addressOf as databaseAddress, openTcpFaultProxy, throughProxy } from '../support/tcp-fault-proxy.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'

const yaml = 'tables: { item: {} }\npresence: { heartbeat: 50ms }\n'
const database = await createTestDatabase()
await database.query('CREATE TABLE item (id int PRIMARY KEY)')
await installTables(database, yaml)

interface Told {
  readonly hub_id: string
  readonly url: string
}

/** What a client was told last, from `registered` on. */
function toldTo(client: RawClient): readonly Told[] {
  const lists = client.messages
    .filter(({ message_type: type }) => type === 'registered' || type === 'hubs')
    .map(({ data }) => (data['hubs'] ?? []) as readonly Told[])
  return lists.at(-1) ?? []
}

const urlsTo = (client: RawClient) => toldTo(client).map(({ url }) => url)
const addressOf = ({ daemon }: TestDaemon) => ({
  hub_id: daemon.hubId,
  url: `ws://127.0.0.1:${daemon.port}/`,
})

test('clients of each hub are told of the others: those who come later when they register, the rest when it changes', async () => {
  const first = await openTestDaemon(database.url, yaml)
  const early = await first.register()
  expect(early.registered).not.toHaveProperty('hubs')
  const stream = await openSseClient(`http://127.0.0.1:${first.daemon.port}/events`)
  await stream.next('registered')
  const second = await openTestDaemon(database.url, yaml)
  expect((await early.next('hubs')).data).toEqual({ hubs: [addressOf(second)] })
  expect(JSON.parse((await stream.next('hubs')).data)).toEqual({ hubs: [addressOf(second)] })
  const late = await second.register()
  await waitFor(() => toldTo(late).length === 1)
  expect(toldTo(late)).toEqual([addressOf(first)])
  const next = await first.register()
  expect(next.registered['hubs']).toEqual([addressOf(second)])
  // The address is one where the stream goes on.
  const [other] = toldTo(early)
  const client = await connectRawClient(other?.url ?? '')
  client.send('register', { app_name: 'test', resume: early.registered['cursor'] })
  expect((await client.next('registered')).data).toMatchObject({ hub_id: other?.hub_id, resumed: 'resumed' })
  await second.daemon.close()
  expect((await early.next('hubs')).data).toEqual({ hubs: [] })
})

test('a hub that is killed is gone from what clients are told, and one that comes in its place is told', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rtbridge-sibling-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'rtbridge.yaml'), `${yaml}auth: { mode: open }\n`)
  const doomed = new HubProcess({ folder, databaseUrl: database.url, port: await findFreePort() })
  const { register } = await openTestDaemon(database.url, yaml)
  const client = await register()
  await doomed.start()
  const url = `ws://127.0.0.1:${doomed.port}/`
  await waitFor(() => urlsTo(client).includes(url))
  const [before] = toldTo(client)
  await doomed.kill()
  await waitFor(() => urlsTo(client).length === 0)
  await doomed.start()
  await waitFor(() => urlsTo(client).includes(url))
  expect(toldTo(client)[0]?.hub_id).not.toBe(before?.hub_id)
})

test('a hub tells its clients what `hub.public_url` of the others says, and nothing while nothing changes', async () => {
  const first = await openTestDaemon(database.url, yaml)
  const second = await openTestDaemon(
    database.url,
    `${yaml}hub: { public_url: "https://Hubs.Example/two" }\n`,
  )
  const client = await first.register()
  await waitFor(() => toldTo(client).length === 1)
  expect(toldTo(client)).toEqual([{ hub_id: second.daemon.hubId, url: 'wss://hubs.example/two' }])
  // A hub that clients reach from elsewhere does not send them to their own machine.
  const far = await second.register()
  const count = () => (first.daemon.status().signals as { received: number; sent: number }).sent
  const sent = count()
  await waitFor(() => count() > sent + 5)
  far.send('ping')
  await far.next('pong')
  expect(toldTo(far)).toEqual([])
  const messages = client.messages.filter(({ message_type: type }) => type === 'hubs')
  expect(messages.length).toBeLessThanOrEqual(1)
})

test('addresses that something else in the database announces reach nobody', async () => {
  const first = await openTestDaemon(database.url, yaml)
  const second = await openTestDaemon(database.url, yaml)
  const client = await first.register()
  await waitFor(() => toldTo(client).length === 1)
  const vandal = await openClient(database.url)
  const forge = (hubId: string, place: number, url: string) => {
    const address = { url, machine: 'm', proof: 'x'.repeat(43) }
    const about = { host: 'thief', port: 1, rules: 'r', version: '9', startedAt: '2030-01-01T00:00:00.000Z' }
    const text = JSON.stringify({ kind: 'hub', hub: { ...about, address } })
    return vandal.query(`SELECT pg_notify('rtbridge_signal', $1)`, [`1 ${hubId} ${place} 1/1 ${text}`])
  }
  for (let n = 1; n <= 20; n++) {
    await forge(`thief-${n}`, n, `ws://thief-${n}/`)
    await forge(second.daemon.hubId, 1_000_000 + n, 'ws://thief/')
  }
  await waitFor(() => first.daemon.status().hubs.some(hub => hub.hub_id === 'thief-20'))
  const { daemon } = await openTestDaemon(database.url, yaml)
  await waitFor(() => urlsTo(client).includes(`ws://127.0.0.1:${daemon.port}/`))
  expect(JSON.stringify(client.messages)).not.toContain('thief')
})

test('a hub that loses its database takes no other hub from its clients, and is taken from those of the others', async () => {
  const proxy = await openTcpFaultProxy(databaseAddress(database.url))
  const cut = await openTestDaemon(throughProxy(database.url, proxy), yaml)
  const whole = await openTestDaemon(database.url, yaml)
  const [stranded, other] = [await cut.register(), await whole.register()]
  await waitFor(() => toldTo(stranded).length === 1 && toldTo(other).length === 1)
  const before = stranded.messages.filter(({ message_type: type }) => type === 'hubs').length
  proxy.setMode({ kind: 'blackhole' })
  proxy.reset()
  await waitFor(() => cut.daemon.status().state === 'stale' && toldTo(other).length === 0)
  expect(toldTo(stranded)).toEqual([addressOf(whole)])
  proxy.setMode({ kind: 'pass' })
  proxy.reset()
  await waitFor(() => cut.daemon.status().state === 'live' && toldTo(other).length === 1)
  stranded.send('ping')
  await stranded.next('pong')
  const after = stranded.messages.filter(({ message_type: type }) => type === 'hubs').length
  expect(after).toBe(before)
})

test('an app that knows nothing of it goes on as before', async () => {
  const first = await openTestDaemon(database.url, yaml)
  const client = await connectRawClient(first.url)
  client.sendRaw(JSON.stringify({ message_type: 'register', data: { app_name: 'old' } }))
  await client.next('registered')
  const second = await openTestDaemon(database.url, yaml)
  await client.next('hubs')
  await database.query('INSERT INTO item VALUES (1)')
  expect((await client.next('realtime_event')).data).toMatchObject({ event_type: 'INSERT', id: '1' })
  await second.daemon.close()
})
