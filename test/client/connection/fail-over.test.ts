import { expect, test } from 'vitest'
import { type Addresses, createAddresses } from '../../../src/client/connection/addresses.ts'
import { openTestDaemon } from '../../support/daemon-fixture.ts'
import { openCoreClient } from '../../support/open-core-client.ts'
import { createTestDatabase } from '../../support/test-database.ts'
import { waitFor } from '../../support/wait-for.ts'

const database = await createTestDatabase()

const publish = (n: number) =>
  database.query(`SELECT rtbridge.publish('OVER', jsonb_build_object('n', ${n}))`)

test('a client whose hub goes away goes on at the next one, where it was', async () => {
  const [one, other] = [await openTestDaemon(database.url), await openTestDaemon(database.url)]
  const { client, states } = openCoreClient({ url: [one.url, other.url] })
  const heard: unknown[] = []
  await client.on('OVER', event => void heard.push((event.data as { n: number }).n)).ready()
  const first = client.status.hubId
  await publish(1)
  await waitFor(() => heard.length === 1)
  await one.daemon.close()
  await publish(2)
  await waitFor(() => heard.length === 2)
  expect(client.status).toMatchObject({ state: 'online', url: other.url })
  expect(client.status.hubId).not.toBe(first)
  expect(states).toContain('retrying RTB_CLIENT_GOING_AWAY')
  await publish(3)
  await waitFor(() => heard.length === 3)
  expect(heard).toEqual([1, 2, 3])
})

test('a function that gives the URL is asked before each attempt', async () => {
  const hub = await openTestDaemon(database.url)
  const given = ['ws://127.0.0.1:1/', hub.url]
  let asked = 0
  const { client } = openCoreClient({ url: () => Promise.resolve(given[Math.min(asked++, 1)] ?? '') })
  await client.connect()
  expect(asked).toBe(2)
})

const open = () => ({ send() {}, end() {} })

async function listAll(addresses: Addresses): Promise<string[]> {
  const urls: string[] = []
  do urls.push((await addresses.next()).url.href)
  while (!addresses.failed())
  return urls
}

test('other hubs of the database are tried after those that were configured, each once', async () => {
  const addresses = createAddresses(['ws://one:8765', 'http://two:8765/'], undefined, [open])
  addresses.learn([
    { hub_id: 'a', url: 'ws://two:8765/' },
    { hub_id: 'b', url: 'ws://three:8765/' },
    { hub_id: 'c', url: 'wss://four:8765/' },
  ])
  expect(await listAll(addresses)).toEqual([
    'ws://one:8765/',
    'ws://two:8765/',
    'ws://three:8765/',
    'wss://four:8765/',
  ])
})

test('another hub without TLS is not tried where the configured one has it', async () => {
  const addresses = createAddresses('wss://one/', undefined, [open])
  addresses.learn([
    { hub_id: 'a', url: 'ws://two/' },
    { hub_id: 'b', url: 'wss://three/' },
  ])
  expect(await listAll(addresses)).toEqual(['wss://one/', 'wss://three/'])
})

test('an address that works is tried again first', async () => {
  const addresses = createAddresses(['ws://one/', 'ws://two/'], undefined, [open])
  addresses.failed()
  expect((await addresses.next()).url.href).toBe('ws://two/')
  expect((await addresses.next()).url.href).toBe('ws://two/')
})

test('without any way to open a connection a client says so', async () => {
  await expect(createAddresses('ws://one/', undefined, []).next()).rejects.toMatchObject({
    code: 'RTB_CLIENT_NO_TRANSPORT',
  })
})

test('a relative URL is one of the hub that served the page', async () => {
  const addresses = createAddresses('/ws', 'https://hub.office:8765/dashboard', [open])
  expect((await addresses.next()).url.href).toBe('wss://hub.office:8765/ws')
})

test('two hubs behind one proxy, told apart by their paths, are two', async () => {
  const addresses = createAddresses('wss://proxy/north/', undefined, [open])
  addresses.learn([{ hub_id: 'a', url: 'wss://proxy/south/' }])
  expect(await listAll(addresses)).toEqual(['wss://proxy/north/', 'wss://proxy/south/'])
})
