import { describe, expect, test } from 'vitest'
import { openTestDaemon } from '../../support/daemon-fixture.ts'
import { openCoreClient } from '../../support/open-core-client.ts'
import { addressOf, openTcpFaultProxy } from '../../support/tcp-fault-proxy.ts'
import { createTestDatabase } from '../../support/test-database.ts'
import { waitFor } from '../../support/wait-for.ts'

const yaml = `
queries: { is_open: "SELECT 1 FROM door WHERE id = $1 AND is_open" }
rooms:
  recheck: 200ms
  patterns: { "door_{id}": { query: is_open, with: id }, lobby: {} }
presence: { grace: 100ms, remember: 1s }
`
const database = await createTestDatabase()
await database.query('CREATE TABLE door (id bigint PRIMARY KEY, is_open boolean)')
await database.query('INSERT INTO door VALUES (1, true), (2, false), (3, true)')

async function openBehindProxy() {
  const { url } = await openTestDaemon(database.url, yaml)
  const proxy = await openTcpFaultProxy(addressOf(url))
  return { proxy, direct: url, url: `ws://127.0.0.1:${proxy.port}/` }
}

const say = (room: string, n: number) =>
  database.query(`SELECT rtbridge.publish('SAID', jsonb_build_object('n', ${n}), '${room}')`)

describe('a room', () => {
  test('brings what is addressed to it, also what was said while the connection was away', async () => {
    const { proxy, url } = await openBehindProxy()
    const { client } = openCoreClient({ url })
    const heard: unknown[] = []
    client.on('SAID', event => void heard.push((event.data as { n: number }).n))
    const room = client.join('lobby')
    await room.ready()
    await say('lobby', 1)
    await waitFor(() => heard.length === 1)
    proxy.reset()
    await say('lobby', 2)
    await waitFor(() => heard.length === 2)
    expect(room.state).toBe('live')
    room.close()
    expect(room.state).toBe('closed')
  })

  test('is left with its last handle only', async () => {
    const { url } = await openTestDaemon(database.url, yaml)
    const { client } = openCoreClient({ url })
    const heard: unknown[] = []
    client.on('SAID', event => void heard.push((event.data as { n: number }).n))
    const [one, other] = [client.join('lobby'), client.join('lobby')]
    await Promise.all([one.ready(), other.ready()])
    one.close()
    await say('lobby', 1)
    await waitFor(() => heard.length === 1)
    other.close()
    const marker = client.on('MARK', () => void heard.push('mark'))
    await marker.ready()
    await say('lobby', 2)
    await database.query(`SELECT rtbridge.publish('MARK', '{}')`)
    await waitFor(() => heard.includes('mark'))
    expect(heard).toEqual([1, 'mark'])
  })

  test('that is not open fails with what the hub says, alone', async () => {
    const { proxy, url } = await openBehindProxy()
    const { client, states } = openCoreClient({ url })
    const closed = client.join('door_2')
    const open = client.join('door_1')
    await expect(closed.ready()).rejects.toMatchObject({ code: 'RTB_ROOM_DENIED' })
    await open.ready()
    proxy.reset()
    await waitFor(() => states.filter(state => state === 'online registered').length === 2)
    await open.ready()
    expect(closed.state).toBe('failed')
  })

  test('whose right the database takes back fails', async () => {
    const { url } = await openTestDaemon(database.url, yaml)
    const { client, errors } = openCoreClient({ url })
    const room = client.join('door_3')
    await room.ready()
    await database.query('UPDATE door SET is_open = false WHERE id = 3')
    await waitFor(() => room.state === 'failed')
    expect(room.error?.code).toBe('RTB_ROOM_DENIED')
    expect(errors).toContain(room.error)
    expect(client.status.state).toBe('online')
  })
})

describe('presence', () => {
  test('shows who comes, is away and goes, and again after a reconnect', async () => {
    const { proxy, direct, url } = await openBehindProxy()
    const { client, states } = openCoreClient({ url, clientId: 'watcher' })
    client.join('lobby')
    const people = client.presence('lobby')
    let changes = 0
    people.onChange(() => void changes++)
    await people.ready()
    const stateOf = (id: string) => people.members.find(({ client_id }) => client_id === id)?.state
    const desk = openCoreClient({ url: direct, clientId: 'desk' }).client
    await desk.join('lobby').ready()
    await waitFor(() => stateOf('desk') === 'online')
    await desk.setPresence('away')
    await waitFor(() => stateOf('desk') === 'away')
    proxy.reset()
    await waitFor(() => states.filter(state => state === 'online registered').length === 2)
    await people.ready()
    expect(stateOf('desk')).toBe('away')
    await desk.close()
    await waitFor(() => stateOf('desk') === 'offline')
    expect(changes).toBeGreaterThan(3)
    people.close()
  })

  test('keeps one’s own state through a reconnect', async () => {
    const { proxy, direct, url } = await openBehindProxy()
    const { client, states } = openCoreClient({ url, clientId: 'desk' })
    await client.connect()
    await client.setPresence('away')
    const watcher = openCoreClient({ url: direct }).client
    const people = watcher.presence()
    await people.ready()
    proxy.reset()
    await waitFor(() => states.filter(state => state === 'online registered').length === 2)
    const again = openCoreClient({ url: direct }).client.presence()
    await waitFor(async () => {
      await again.ready()
      return again.members.find(({ client_id }) => client_id === 'desk')?.state === 'away'
    })
  })

  test('of a room that is not open fails with what the hub says', async () => {
    const { url } = await openTestDaemon(database.url, yaml)
    const { client } = openCoreClient({ url })
    await expect(client.presence('door_2').ready()).rejects.toMatchObject({ code: 'RTB_ROOM_DENIED' })
  })
})

test('a room may have a name as long as the hub allows', async () => {
  const { url } = await openTestDaemon(database.url)
  const { client } = openCoreClient({ url })
  await client.join('r'.repeat(200)).ready()
})
