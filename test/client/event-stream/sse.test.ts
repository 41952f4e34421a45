import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Identify } from '../../../src/access/identify.ts'
import type { ClientEvent } from '../../../src/client/api/client-event.ts'
import { eventsParameters } from '../../../src/transports/sse/events-query.ts'
import { openTestDaemon } from '../../support/daemon-fixture.ts'
import { openCoreClient } from '../../support/open-core-client.ts'
import { openTestServer } from '../../support/open-test-server.ts'
import { createTestDatabase } from '../../support/test-database.ts'
import { TokenTable } from '../../support/token-table.ts'
import { waitFor } from '../../support/wait-for.ts'

const database = await createTestDatabase()

const publish = (name: string, n: number) =>
  database.query(`SELECT rtbridge.publish('${name}', jsonb_build_object('n', ${n}))`)

const numberOf = ({ data }: ClientEvent) => (data as { n: number }).n

const transports = ['websocket', 'sse'] as const

/** A proxy before a hub that lets HTTP pass and no WebSocket, as those of some companies do. */
async function openHttpOnly(port: number) {
  const sockets = new Set<{ destroy(): void }>()
  const server = createServer((request, response) => {
    const far = connect(port, '127.0.0.1')
    sockets.add(far)
    far.on('error', () => response.destroy())
    const headers = Object.entries({ ...request.headers, connection: 'close' })
    far.write(
      `${request.method} ${request.url} HTTP/1.1\r\n${headers.map(([k, v]) => `${k}: ${v}\r\n`).join('')}\r\n`,
    )
    request.pipe(far, { end: false })
    response.detachSocket(request.socket)
    far.pipe(request.socket)
    request.socket.on('close', () => far.destroy())
  })
  server.on('upgrade', (_request, socket) => {
    socket.on('error', () => {})
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
  })
  server.on('connection', socket => sockets.add(socket))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  onTestFinished(async () => {
    cut()
    await new Promise(resolve => server.close(resolve))
  })
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, cut }
}

/** What several subscriptions on one event stream take of the hub. */
const hubHasIt = eventsParameters.includes('subscriptions')
if (!hubHasIt) console.info('skipped: GET /events of this hub does not take `subscriptions`')

describe.skipIf(!hubHasIt)('where WebSockets do not get through', () => {
  test('a client goes on over an event stream, also with what it subscribes later', async () => {
    const { daemon } = await openTestDaemon(database.url)
    const { url } = await openHttpOnly(daemon.port)
    const { client, errors } = openCoreClient({ url, transports })
    const heard: string[] = []
    await client.on('ONE', event => void heard.push(`one ${numberOf(event)}`)).ready()
    await publish('ONE', 1)
    await waitFor(() => heard.length === 1)
    const second = client.on('TWO', event => void heard.push(`two ${numberOf(event)}`))
    await second.ready()
    await publish('TWO', 2)
    await publish('ONE', 3)
    await waitFor(() => heard.length === 3)
    expect(heard).toEqual(['one 1', 'two 2', 'one 3'])
    second.close()
    await publish('TWO', 4)
    await publish('ONE', 5)
    await waitFor(() => heard.length === 4)
    expect(heard.at(-1)).toBe('one 5')
    expect(errors).toEqual([])
  })

  test('nothing is lost or heard twice when the stream is cut', async () => {
    const { daemon } = await openTestDaemon(database.url)
    const { url, cut } = await openHttpOnly(daemon.port)
    const { client } = openCoreClient({ url, transports })
    const heard: number[] = []
    await client.on('CUT', event => void heard.push(numberOf(event))).ready()
    for (let n = 0; n < 30; n++) {
      await publish('CUT', n)
      if (n % 10 === 5) cut()
    }
    await waitFor(() => heard.length >= 30)
    expect(heard).toEqual(Array.from({ length: 30 }, (_, n) => n))
  })

  test('a client on an event stream goes back to a WebSocket when one gets through, without a loss', async () => {
    const { daemon } = await openTestDaemon(database.url)
    const { url, cut } = await openHttpOnly(daemon.port)
    let isOpen = false
    const tried: string[] = []
    class Sometimes extends WebSocket {
      constructor(to: string) {
        tried.push(to)
        super(isOpen ? `ws://127.0.0.1:${daemon.port}/` : to)
      }
    }
    const { client, states } = openCoreClient({ url, transports, webSocketRetryMs: 50, WebSocket: Sometimes })
    const heard: number[] = []
    await client.on('BACK', event => void heard.push(numberOf(event))).ready()
    await waitFor(() => tried.length > 3)
    expect(states.filter(state => state === 'online registered')).toHaveLength(1)
    for (let n = 0; n < 30; n++) {
      await publish('BACK', n)
      if (n === 10) isOpen = true
      if (n === 20) await waitFor(() => states.filter(state => state === 'online registered').length === 2)
    }
    await waitFor(() => heard.length >= 30)
    expect(heard).toEqual(Array.from({ length: 30 }, (_, n) => n))
    const count = tried.length
    // What carried the stream is gone, and nothing is lost with it.
    cut()
    await publish('BACK', 30)
    await waitFor(() => heard.length === 31)
    expect(tried).toHaveLength(count)
  })

  test('what an app publishes is stored in its order, and once when an answer is lost', async () => {
    const { daemon } = await openTestDaemon(database.url)
    const { url, cut } = await openHttpOnly(daemon.port)
    const { client } = openCoreClient({ url, transports, offlineQueue: { max: 40 } })
    await client.connect()
    const heard: number[] = []
    const listener = openCoreClient({ url: `ws://127.0.0.1:${daemon.port}/` }).client
    await listener.on('POSTED', event => void heard.push(event.data as number)).ready()
    const all = Array.from({ length: 40 }, (_, n) => client.publish('POSTED', n))
    await waitFor(() => heard.length > 5)
    cut()
    await Promise.all(all)
    await waitFor(() => heard.length >= 40)
    expect(heard).toEqual(Array.from({ length: 40 }, (_, n) => n))
  })

  test('a subscription that is closed at once is not asked for, and one room may be joined again', async () => {
    const { daemon } = await openTestDaemon(database.url)
    const { url } = await openHttpOnly(daemon.port)
    const asked: string[] = []
    const spy = (to: string, options?: RequestInit) => {
      asked.push(decodeURIComponent(to))
      return fetch(to, options)
    }
    const { client } = openCoreClient({ url, transports: ['sse'], fetch: spy as never })
    await client.connect()
    client.on('AT_ONCE', () => {}).close()
    await client.on('KEPT', () => {}).ready()
    expect(asked.join()).not.toContain('AT_ONCE')
    client.join('lobby').close()
    await client.join('lobby').ready()
  })

  test('is called as a function, as the `fetch` of a browser has to be', async () => {
    const { daemon } = await openTestDaemon(database.url)
    const self: unknown[] = []
    function likeABrowser(this: unknown, to: string, options: RequestInit) {
      self.push(this)
      return fetch(to, options)
    }
    const at = `http://127.0.0.1:${daemon.port}/ws`
    const { client } = openCoreClient({ url: at, transports: ['sse'], fetch: likeABrowser as never })
    await client.connect()
    expect(self).toEqual([undefined])
  })

  test('one subscription that the hub does not take fails alone', async () => {
    const { daemon } = await openTestDaemon(database.url)
    const { url } = await openHttpOnly(daemon.port)
    const { client } = openCoreClient({ url, transports })
    const good = client.on('GOOD', () => {})
    const wrong = client.subscribe({ where: 'new.n ==' })
    await expect(wrong.ready()).rejects.toMatchObject({ code: 'RTB_SUBSCRIPTION_WHERE' })
    await good.ready()
    const [alsoWrong, alsoGood] = [client.subscribe({ where: '(' }), client.on('ALSO', () => {})]
    await expect(alsoWrong.ready()).rejects.toMatchObject({ code: 'RTB_SUBSCRIPTION_WHERE' })
    await alsoGood.ready()
    expect(client.status.state).toBe('online')
  })

  test('it sends by requests, sees who is there, and says what it cannot do', async () => {
    const { daemon } = await openTestDaemon(database.url)
    const { url } = await openHttpOnly(daemon.port)
    const { client } = openCoreClient({ url, transports, clientId: 'desk' })
    const room = client.join('lobby')
    await room.ready()
    const heard: ClientEvent[] = []
    const listener = openCoreClient({ url: `ws://127.0.0.1:${daemon.port}/` }).client
    await listener.on(['NOTE', 'TYPING'], event => void heard.push(event)).ready()
    await client.publish('NOTE', 1)
    await client.signal('TYPING', 2)
    await waitFor(() => heard.length === 2)
    expect(heard.map(({ data }) => data).sort()).toEqual([1, 2])
    const people = client.presence('lobby')
    await people.ready()
    expect(people.members.map(({ client_id }) => client_id)).toEqual(['desk'])
    await expect(client.setPresence('away')).rejects.toMatchObject({ code: 'RTB_CLIENT_UNSUPPORTED' })
    const past = client.on('NOTE', () => {}, { since: 'v1.AAAAAAAAAKoBAA' })
    await expect(past.ready()).rejects.toMatchObject({ code: 'RTB_CLIENT_UNSUPPORTED' })
    await expect(client.publish('INSERT')).rejects.toMatchObject({ code: 'RTB_CUSTOM_EVENT_RESERVED' })
  })

  test('a token goes into the header, and a refused one closes the client', async () => {
    const tokens = new TokenTable().add('good', { user: 'ann' })
    const identify: Identify = ({ authorization }) => tokens.authenticate(authorization?.split(' ')[1] ?? '')
    const { server, url: at } = await openTestServer(
      { authenticator: tokens },
      { ways: { isOpen: false, identify } },
    )
    const asked: string[] = []
    const spy: typeof fetch = (url, options) => {
      asked.push(String(url))
      return fetch(url, options)
    }
    const { client } = openCoreClient({
      url: at('/'),
      transports: ['sse'],
      fetch: spy as never,
      getToken: () => 'good',
    })
    await client.connect()
    expect(asked[0]).toContain(`http://127.0.0.1:${server.port}/events?`)
    expect(asked.join()).not.toContain('good')
    const refused = openCoreClient({ url: at('/'), transports: ['sse'], getToken: () => 'wrong' }).client
    await expect(refused.connect()).rejects.toMatchObject({ code: 'RTB_AUTH_REQUIRED' })
  })
})

test('where both are refused the client says that the hub cannot be reached', async () => {
  const { client, states } = openCoreClient({ url: 'ws://127.0.0.1:1/', transports })
  client.on('NONE', () => {})
  const said: string[] = []
  client.onStatus(({ error }) => error !== null && said.push(error.message))
  await waitFor(() => states.filter(state => state === 'retrying RTB_CLIENT_CONNECT_FAILED').length > 2)
  expect(said).toContain('cannot reach the hub: connection lost')
  expect(said.join()).not.toContain('ClientError')
})
