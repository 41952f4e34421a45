import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { findFreePort } from '../../src/demo/postgres/free-port.ts'
import { openTestDaemon, type TestDaemon } from '../support/daemon-fixture.ts'
import { HubProcess } from '../support/hub-process.ts'
import { openClient } from '../support/open-client.ts'
import { connectRawClient, type RawClient, type RawMessage } from '../support/raw-client.ts'
import { describeRedis, redisPassword, startRedis } from '../support/start-redis.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'

const tables = 'tables: { item: }'
const database = await createTestDatabase()
await database.query('CREATE TABLE item (id int PRIMARY KEY)')
await installTables(database, tables)

/** Quick, so that nobody waits long in a test. */
const presence = 'presence: { heartbeat: 300ms, grace: 500ms }'

async function know(...hubs: readonly TestDaemon[]): Promise<void> {
  const all = () => hubs.every(({ daemon }) => daemon.status().hubs.length === hubs.length - 1)
  await waitFor(all, { message: 'the hubs know each other' })
}

async function joined(client: RawClient, room: string): Promise<RawClient> {
  client.send('join', { room })
  await client.next('joined')
  return client
}

function membersOf({ data }: RawMessage): string[] {
  const members = data['members'] as readonly { client_id: string; state: string }[]
  return members.map(({ client_id, state }) => `${client_id} ${state}`).sort()
}

/** The next change that tells of this. */
async function told(watcher: RawClient, change: string): Promise<void> {
  await watcher.next(
    message => message.message_type === 'presence_event' && membersOf(message).includes(change),
    20_000,
  )
}

/** What hubs promise each other, whatever carries their words. */
function acrossHubs(settings: () => string): void {
  test('people of all hubs see each other come, be away, leave the room and go', async () => {
    const yaml = `${tables}\n${presence}\n${settings()}`
    const hubs = [await openTestDaemon(database.url, yaml), await openTestDaemon(database.url, yaml)] as const
    await know(...hubs)
    const watcher = await joined(await hubs[0].register({ client_id: 'watcher' }), 'office')
    watcher.send('presence', { room: 'office', subscribe: true })
    expect(membersOf(await watcher.next('presence'))).toEqual(['watcher online'])
    const far = await joined(await hubs[1].register({ client_id: 'far' }), 'office')
    await told(watcher, 'far online')
    far.send('presence', { state: 'away' })
    await told(watcher, 'far away')
    far.send('presence', { room: 'office' })
    expect(membersOf(await far.next('presence'))).toEqual(['far away', 'watcher online'])
    far.send('leave', { room: 'office' })
    await told(watcher, 'far offline')
    await joined(far, 'office')
    await told(watcher, 'far away')
    await far.close()
    await told(watcher, 'far offline')
    expect(hubs[1].daemon.status().signals).toMatchObject({ lost: 0, junk: 0 })
  })

  test('who moves to another hub within the grace time is not seen to have gone', async () => {
    const yaml = `${tables}\npresence: { heartbeat: 300ms, grace: 5s }\n${settings()}`
    const hubs = [await openTestDaemon(database.url, yaml), await openTestDaemon(database.url, yaml)] as const
    await know(...hubs)
    const watcher = await joined(await hubs[0].register({ client_id: 'watcher' }), 'office')
    watcher.send('presence', { room: 'office', subscribe: true })
    await watcher.next('presence')
    const desk = await joined(await hubs[1].register({ client_id: 'desk' }), 'office')
    await told(watcher, 'desk online')
    // The hub itself ends: its people have to find another one.
    await Promise.all([hubs[1].daemon.close(), desk.nextClose()])
    await joined(await hubs[0].register({ client_id: 'desk' }), 'office')
    await joined(await hubs[0].register({ client_id: 'last' }), 'office')
    await told(watcher, 'last online')
    const all = watcher.messages.filter(({ message_type }) => message_type === 'presence_event')
    expect(all.flatMap(membersOf)).not.toContain('desk offline')
  })
}

describe('over PostgreSQL', () => acrossHubs(() => ''))

describeRedis('over Redis', async () => {
  const server = await startRedis()
  acrossHubs(() => `bus: { url: "${server.url}" }`)

  test('nothing is notified in the database, and no password appears anywhere', async () => {
    const yaml = `${tables}\n${presence}\nbus: { url: "${server.url}" }`
    const listener = await openClient(database.url)
    const notified: unknown[] = []
    listener.on('notification', ({ payload }) => notified.push(payload))
    await listener.query('LISTEN rtbridge_signal')
    const hubs = [await openTestDaemon(database.url, yaml), await openTestDaemon(database.url, yaml)] as const
    await know(...hubs)
    const [sender, far] = [await hubs[0].register(), await hubs[1].register()]
    sender.send('custom_event', { event_type: 'TYPING', data: { n: 1 } })
    expect((await far.next('realtime_event')).data).toMatchObject({ event_type: 'TYPING' })
    await listener.query("NOTIFY rtbridge_signal, 'the end'")
    await waitFor(() => notified.length > 0)
    expect(notified).toEqual(['the end'])
    expect(hubs[0].daemon.status().signals).toMatchObject({ carrier: 'redis' })
    await server.kill()
    await waitFor(() => hubs[0].daemon.status().problems.some(({ code }) => code === 'RTB_BUS_AWAY'))
    const [near] = [await hubs[0].register()]
    sender.send('custom_event', { event_type: 'TYPING', data: { n: 2 } })
    expect((await near.next('realtime_event')).data).toMatchObject({ data: { n: 2 } })
    await server.start()
    await waitFor(() => hubs.every(({ daemon }) => daemon.status().problems.length === 0))
    const everything = hubs.flatMap(({ log, daemon }) => [...log, JSON.stringify(daemon.status())]).join('\n')
    expect(everything).toContain('RTB_BUS_AWAY')
    expect(everything).not.toContain(redisPassword)
  })
})

test('a hub that is killed leaves no ghost behind', async () => {
  const yaml = `${tables}\n${presence}`
  const folder = await mkdtemp(join(tmpdir(), 'rtbridge-presence-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'rtbridge.yaml'), yaml)
  const doomed = new HubProcess({ folder, databaseUrl: database.url, port: await findFreePort() })
  const here = await openTestDaemon(database.url, yaml)
  await doomed.start()
  await waitFor(() => here.daemon.status().hubs.length === 1)
  const watcher = await here.register({ client_id: 'watcher' })
  watcher.send('presence', { room: 'office', subscribe: true })
  await watcher.next('presence')
  const ghost = await connectRawClient(`ws://127.0.0.1:${doomed.port}/`)
  ghost.send('register', { app_name: 'test', client_id: 'ghost' })
  await ghost.next('registered')
  await joined(ghost, 'office')
  await told(watcher, 'ghost online')
  await doomed.kill()
  await told(watcher, 'ghost offline')
  watcher.send('presence', { room: null })
  expect(membersOf(await watcher.next('presence'))).toEqual(['ghost offline', 'watcher online'])
})
