import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocketServer } from 'ws'
import type { ClientEvent } from '../../../src/client/api/client-event.ts'
import type { ClientStorage } from '../../../src/client/api/client-options.ts'
import { openTestDaemon } from '../../support/daemon-fixture.ts'
import { openCoreClient } from '../../support/open-core-client.ts'
import { createTestDatabase } from '../../support/test-database.ts'
import { waitFor } from '../../support/wait-for.ts'

const database = await createTestDatabase()

const publish = (name: string, n: number) =>
  database.query(`SELECT rtbridge.publish('${name}', jsonb_build_object('n', ${n}))`)

const numberOf = ({ data }: ClientEvent) => (data as { n: number }).n

/** A storage that outlives clients. */
function memoryOf(): ClientStorage & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>()
  return {
    kept,
    load: key => Promise.resolve(kept.get(key)),
    save: async (key, value) => void kept.set(key, value),
  }
}

describe('a client with a storage', () => {
  test('gets after a restart what it missed, once, for what it wants in the first tick', async () => {
    const { url: hub } = await openTestDaemon(database.url)
    const storage = memoryOf()
    const heard: number[] = []
    const first = openCoreClient({ url: hub, storage }).client
    await first.on('KEPT', event => void heard.push(numberOf(event))).ready()
    await publish('KEPT', 1)
    await waitFor(() => heard.length === 1)
    await first.close()
    await publish('KEPT', 2)
    const { client } = openCoreClient({ url: hub, storage })
    client.on('KEPT', event => void heard.push(numberOf(event)))
    const late: number[] = []
    await client.connect()
    await waitFor(() => heard.length === 2)
    await client.on(['KEPT', 'OTHER'], event => void late.push(numberOf(event))).ready()
    await publish('KEPT', 3)
    await waitFor(() => heard.length === 3 && late.length === 1)
    expect(heard).toEqual([1, 2, 3])
    expect(late).toEqual([3])
  })

  test('misses nothing when another of its subscriptions is refused', async () => {
    const { url: hub } = await openTestDaemon(database.url)
    const storage = memoryOf()
    const first = openCoreClient({ url: hub, storage }).client
    await first.on('SPLIT', () => {}).ready()
    await first.close()
    await publish('SPLIT', 1)
    const { client } = openCoreClient({ url: hub, storage })
    const heard: number[] = []
    const good = client.on('SPLIT', event => void heard.push(numberOf(event)))
    const wrong = client.subscribe({ where: '(' })
    await expect(wrong.ready()).rejects.toMatchObject({ code: 'RTB_SUBSCRIPTION_WHERE' })
    await good.ready()
    await publish('SPLIT', 2)
    await waitFor(() => heard.length === 2)
    expect(heard).toEqual([1, 2])
  })

  test('keeps the cursor back while what it wanted first still gets its past', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
    await new Promise(resolve => server.on('listening', resolve))
    onTestFinished(() => void server.close())
    let finish = () => {}
    server.on('connection', socket => {
      const say = (message_type: string, data: unknown) => socket.send(JSON.stringify({ message_type, data }))
      let registers = 0
      socket.on('message', text => {
        const { message_type, message_id, data } = JSON.parse(String(text))
        if (message_type === 'register' && ++registers === 1)
          return say('error', {
            code: 'RTB_SUBSCRIPTION_WHERE',
            in_reply_to: null,
            subscription: data.subscriptions[1].id,
          })
        if (message_type === 'register') {
          say('registered', {
            client_id: 'x',
            hub_id: 'h',
            cursor: 'old',
            resumed: 'resumed',
            heartbeat_ms: 15_000,
          })
          say('checkpoint', { cursor: 'new' })
        }
        if (message_type !== 'subscribe') return
        finish = () => {
          say('subscribed', { id: data.id, cursor: 'new', resumed: 'resumed', in_reply_to: message_id })
          say('checkpoint', { cursor: 'newer' })
        }
      })
    })
    const storage = memoryOf()
    storage.kept.set('rtbridge:test', '{"clientId":"x","cursor":"old"}')
    const { client } = openCoreClient({
      url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      storage,
    })
    const kept = () => JSON.parse(storage.kept.get('rtbridge:test') ?? '').cursor
    client.on('A', () => {})
    const replaying = client.on('B', () => {})
    await waitFor(() => replaying.state === 'replaying' && client.cursor === 'new')
    storage.kept.set('rtbridge:test', '{"cursor":"unwritten"}')
    await waitFor(() => kept() === 'old')
    finish()
    await waitFor(() => kept() === 'newer')
  })

  test('is the same client after a restart', async () => {
    const { daemon, url: hub } = await openTestDaemon(database.url)
    const storage = memoryOf()
    const idOf = async () => {
      const answer = await fetch(`http://127.0.0.1:${daemon.port}/api/connections`)
      const { connections } = (await answer.json()) as { connections: { client_id: string }[] }
      return connections[0]?.client_id
    }
    const ids: unknown[] = []
    for (let run = 0; run < 2; run++) {
      const { client } = openCoreClient({ url: hub, storage })
      await client.connect()
      ids.push(await waitFor(idOf))
      await client.close()
      await waitFor(async () => (await idOf()) === undefined)
    }
    expect(ids[0]).toBe(ids[1])
    expect([...storage.kept.keys()]).toEqual(['rtbridge:test'])
  })

  test('starts fresh when it wants no events, whatever was kept', async () => {
    const { url: hub } = await openTestDaemon(database.url)
    const storage: ClientStorage = { load: () => '{"cursor":"not a cursor"}', save: () => {} }
    const { client, errors } = openCoreClient({ url: hub, storage })
    const room = client.join('lobby')
    await room.ready()
    expect(errors).toEqual([])
  })

  test('hears of the gap when it cannot go on', async () => {
    const { url: hub } = await openTestDaemon(database.url)
    const storage: ClientStorage = { load: () => '{"cursor":"not a cursor"}', save: () => {} }
    const { client } = openCoreClient({ url: hub, storage })
    const gaps: unknown[] = []
    client.onGap(gap => void gaps.push(gap))
    await client.on('GAP', () => {}).ready()
    await waitFor(() => gaps.length === 1)
    expect(gaps).toMatchObject([{ reason: 'unreadable', subscription: null, cursor: client.cursor }])
  })

  test('that fails goes on, and says so', async () => {
    const { url: hub } = await openTestDaemon(database.url)
    const storage: ClientStorage = {
      load: () => Promise.reject(new Error('no disk')),
      save: () => {
        throw new Error('no disk')
      },
    }
    const { client, errors } = openCoreClient({ url: hub, storage })
    await client.on('DISK', () => {}).ready()
    await client.close()
    expect(errors).toMatchObject([{ code: 'RTB_CLIENT_STORAGE' }, { code: 'RTB_CLIENT_STORAGE' }])
    expect((errors[0] as Error).cause).toMatchObject({ message: 'no disk' })
  })

  test('in the browser writes when the page may be gone for good', async () => {
    const { url: hub } = await openTestDaemon(database.url)
    const kept = new Map<string, string>()
    const listeners = new Map<string, () => void>()
    const platform = {
      localStorage: {
        getItem: (key: string) => kept.get(key) ?? null,
        setItem: (key: string, value: string) => void kept.set(key, value),
      },
      addEventListener: (type: string, listener: () => void) => void listeners.set(type, listener),
      removeEventListener: (type: string) => void listeners.delete(type),
    }
    const { client } = openCoreClient({ url: hub, storage: 'local', storageKey: 'desk' }, { platform })
    await client.on('HIDE', () => {}).ready()
    expect(kept.size).toBe(0)
    listeners.get('pagehide')?.()
    await waitFor(() => kept.size === 1)
    expect(JSON.parse(kept.get('desk') ?? '')).toMatchObject({ cursor: client.cursor })
  })
})

describe('a storage that misbehaves', () => {
  test('by being slow does not make the client go on without its cursor', async () => {
    const { url: hub } = await openTestDaemon(database.url)
    const storage = memoryOf()
    const first = openCoreClient({ url: hub, storage }).client
    await first.on('SLOW', () => {}).ready()
    await first.close()
    await publish('SLOW', 1)
    let give = () => {}
    const isGiven = new Promise<void>(resolve => {
      give = resolve
    })
    const slow = { ...storage, load: (key: string) => isGiven.then(() => storage.load(key)) }
    const { client, states } = openCoreClient({ url: hub, storage: slow, connectTimeoutMs: 200 })
    const heard: number[] = []
    client.on('SLOW', event => void heard.push(numberOf(event)))
    await waitFor(() => states.filter(state => state.startsWith('retrying')).length > 2)
    give()
    await waitFor(() => heard.length === 1)
    expect(heard).toEqual([1])
  })

  test.each(['{"cursor":5}', '{"clientId":{},"cursor":"x"}', 'null', '[', '{"clientId":"","cursor":""}'])(
    'by giving back %s does not keep the client from the hub',
    async text => {
      const { url: hub } = await openTestDaemon(database.url)
      const storage = { load: () => text, save() {} }
      const { client } = openCoreClient({ url: hub, storage })
      await client.on('GARBAGE', () => {}).ready()
      expect(client.status.state).toBe('online')
    },
  )

  test('by being slow to write never has an older cursor in the place of a newer one, and is waited for', async () => {
    const { url: hub } = await openTestDaemon(database.url)
    const kept: string[] = []
    const ends: (() => void)[] = []
    const save = (_key: string, text: string) =>
      new Promise<void>(resolve =>
        ends.push(() => {
          kept.push((JSON.parse(text) as { cursor: string }).cursor)
          resolve()
        }),
      )
    const { client } = openCoreClient({ url: hub, storage: { load: () => null, save } })
    const heard: number[] = []
    await client.on('WRITE', event => void heard.push(numberOf(event))).ready()
    await waitFor(() => ends.length === 1)
    await publish('WRITE', 1)
    await waitFor(() => heard.length === 1)
    let isClosed = false
    const closed = client.close().then(() => {
      isClosed = true
    })
    await waitFor(() => client.status.state === 'closed')
    expect([ends.length, isClosed]).toEqual([1, false])
    ends[0]?.()
    await waitFor(() => ends.length === 2)
    expect(isClosed).toBe(false)
    ends[1]?.()
    await closed
    expect(kept[1]).toBe(client.cursor)
    expect(kept[0]).not.toBe(kept[1])
  })

  test('by not being there is said when it is read, and once when it is written', async () => {
    const { url: hub } = await openTestDaemon(database.url)
    const { client, errors } = openCoreClient({ url: hub, storage: 'local' }, { platform: {} })
    await client.on('NOWHERE', () => {}).ready()
    await waitFor(() => errors.length === 2)
    await client.close()
    expect(errors).toMatchObject([{ code: 'RTB_CLIENT_STORAGE' }, { code: 'RTB_CLIENT_STORAGE' }])
  })
})
