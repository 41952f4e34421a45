import { describe, expect, test } from 'vitest'
import type { ClientEvent } from '../../../src/client/api/client-event.ts'
import { openTestDaemon } from '../../support/daemon-fixture.ts'
import { openCoreClient } from '../../support/open-core-client.ts'
import { addressOf, openTcpFaultProxy, throughProxy } from '../../support/tcp-fault-proxy.ts'
import { createTestDatabase } from '../../support/test-database.ts'
import { waitFor } from '../../support/wait-for.ts'

const database = await createTestDatabase()

async function openBehindProxy() {
  const { url } = await openTestDaemon(database.url)
  const proxy = await openTcpFaultProxy(addressOf(url))
  return { proxy, direct: url, url: `ws://127.0.0.1:${proxy.port}/` }
}

const listen = async (url: string, types: string[]) => {
  const { client } = openCoreClient({ url })
  const heard: ClientEvent[] = []
  await client.on(types, event => void heard.push(event)).ready()
  return heard
}

describe('publish', () => {
  test('resolves when the event is stored, and others get it with its position', async () => {
    const { url } = await openTestDaemon(database.url)
    const heard = await listen(url, ['NOTE'])
    const { client } = openCoreClient({ url })
    await client.publish('NOTE', { text: 'lunch' })
    const { rows } = await database.query(`SELECT count(*)::int AS n FROM rtbridge.journal`)
    expect(rows[0]?.['n']).toBeGreaterThan(0)
    await waitFor(() => heard.length === 1)
    expect(heard[0]).toMatchObject({ event_type: 'NOTE', data: { text: 'lunch' }, op: 'PUBLISH' })
    expect(heard[0]?.seq).not.toBeNull()
  })

  test('rejects with what the hub says', async () => {
    const { url } = await openTestDaemon(database.url)
    const { client } = openCoreClient({ url })
    await expect(client.publish('INSERT')).rejects.toMatchObject({ code: 'RTB_CUSTOM_EVENT_RESERVED' })
    expect(client.status.state).toBe('online')
  })

  test('opens the connection, and waits for it', async () => {
    const { url } = await openTestDaemon(database.url)
    const { client } = openCoreClient({ url })
    await client.publish('FIRST')
    expect(client.status.state).toBe('online')
  })

  test('while offline is refused, and so is a signal', async () => {
    const { proxy, url } = await openBehindProxy()
    const { client } = openCoreClient(
      { url, backoff: { minMs: 600_000, maxMs: 600_000 } },
      { random: () => 0.9 },
    )
    await client.connect()
    proxy.reset()
    await waitFor(() => client.status.state === 'retrying')
    await expect(client.publish('NEVER')).rejects.toMatchObject({ code: 'RTB_CLIENT_OFFLINE' })
    await expect(client.signal('NEVER')).rejects.toMatchObject({ code: 'RTB_CLIENT_OFFLINE' })
  })

  test('while offline waits in the queue that was asked for, in order, as many as fit', async () => {
    const { proxy, direct, url } = await openBehindProxy()
    const heard = await listen(direct, ['QUEUED'])
    const { client } = openCoreClient({ url, offlineQueue: { max: 3 } })
    await client.connect()
    proxy.setMode({ kind: 'blackhole' })
    proxy.reset()
    await waitFor(() => client.status.state !== 'online')
    const waiting = [1, 2, 3].map(n => client.publish('QUEUED', n))
    await expect(client.publish('QUEUED', 4)).rejects.toMatchObject({ code: 'RTB_CLIENT_QUEUE_FULL' })
    proxy.setMode({ kind: 'pass' })
    proxy.reset()
    await Promise.all(waiting)
    await waitFor(() => heard.length === 3)
    expect(heard.map(({ data }) => data)).toEqual([1, 2, 3])
  })

  test.each(['websocket', 'sse'] as const)(
    'while the hub has lost its database waits in the queue, too, in order, and is stored once (%s)',
    async transport => {
      const own = await openTestDaemon(database.url)
      const heard = await listen(own.url, ['STORED'])
      const proxy = await openTcpFaultProxy(addressOf(database.url))
      const { url, log } = await openTestDaemon(throughProxy(database.url, proxy))
      const { client, errors } = openCoreClient({ url, offlineQueue: { max: 3 }, transports: [transport] })
      await client.connect()
      proxy.setMode({ kind: 'blackhole' })
      proxy.reset()
      const waiting = [1, 2, 3].map(n => client.publish('STORED', n))
      await waitFor(() => client.status.stale)
      await expect(client.publish('STORED', 4)).rejects.toMatchObject({ code: 'RTB_CLIENT_QUEUE_FULL' })
      await waitFor(() => {
        proxy.reset()
        return log.some(line => line.includes('RTB_CUSTOM_EVENT_FAILED'))
      })
      proxy.setMode({ kind: 'pass' })
      proxy.reset()
      await Promise.all(waiting)
      await waitFor(() => heard.length >= 3)
      expect(heard.map(({ data }) => data)).toEqual([1, 2, 3])
      expect(client.status.state).toBe('online')
      expect(errors).toEqual([])
    },
  )

  test('whose answer was lost is sent again with the same key, which is another than that of the next', async () => {
    const { proxy, direct, url } = await openBehindProxy()
    const heard = await listen(direct, ['AGAIN'])
    const sent: { message_type: string; data: { idempotency_key?: string } }[] = []
    const { WebSocket } = await import('ws')
    class Spy extends WebSocket {
      override send(text: unknown) {
        sent.push(JSON.parse(String(text)))
        super.send(String(text))
      }
    }
    const { client } = openCoreClient({ url, WebSocket: Spy })
    await client.publish('AGAIN', 0)
    proxy.abandon()
    const again = client.publish('AGAIN', 1)
    proxy.reset()
    await again
    const keys = sent
      .filter(({ message_type }) => message_type === 'custom_event')
      .map(({ data }) => data.idempotency_key)
    expect(keys).toHaveLength(3)
    expect(keys[1]).toBe(keys[2])
    expect(keys[0]).not.toBe(keys[1])
    await waitFor(() => heard.some(({ data }) => data === 1))
  })

  test('that waits is rejected when the client is closed', async () => {
    const { client } = openCoreClient({ url: 'ws://127.0.0.1:1/', offlineQueue: { max: 3 } })
    const waiting = client.publish('WAITING')
    await waitFor(() => client.status.state === 'retrying')
    await client.close()
    await expect(waiting).rejects.toMatchObject({ code: 'RTB_CLIENT_CLOSED' })
  })
})

describe('an event that cannot be sent', () => {
  test('because it is no JSON is refused at once, and disturbs no later connection', async () => {
    const { proxy, url } = await openBehindProxy()
    const { client, states } = openCoreClient({ url, offlineQueue: { max: 5 } })
    const early = client.publish('NO_JSON', 1n)
    await expect(early).rejects.toBeInstanceOf(TypeError)
    await client.connect()
    await expect(client.publish('NO_JSON', { n: 1n })).rejects.toBeInstanceOf(TypeError)
    proxy.reset()
    await waitFor(() => states.filter(state => state === 'online registered').length === 2)
    await client.publish('NO_JSON', 1)
    expect(states.filter(state => state === 'online registered')).toHaveLength(2)
  })

  test.each([100_000, 300_000])('because it has %i bytes is refused; the others are stored', async bytes => {
    const { url } = await openTestDaemon(database.url)
    const heard = await listen(url, ['LARGE'])
    const { client, states } = openCoreClient({ url })
    await client.connect()
    const all = [1, 'x'.repeat(bytes), 3].map(data => client.publish('LARGE', data))
    const results = await Promise.allSettled(all)
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(results[1]).toMatchObject({ reason: { code: 'RTB_CLIENT_TOO_LARGE' } })
    await waitFor(() => heard.length === 2)
    expect(heard.map(({ data }) => data)).toEqual([1, 3])
    expect(states.filter(state => state === 'online registered').length).toBeLessThanOrEqual(2)
  })
})

describe('signal', () => {
  test('reaches who is there, without a position, and not its sender', async () => {
    const { url } = await openTestDaemon(database.url)
    const heard = await listen(url, ['TYPING'])
    const { client } = openCoreClient({ url })
    let own = 0
    await client.on('TYPING', () => void own++).ready()
    await client.signal('TYPING', { by: 'zoe' })
    await waitFor(() => heard.length === 1)
    expect(heard[0]).toMatchObject({ data: { by: 'zoe' }, seq: null })
    expect(own).toBe(0)
  })
})
