import { describe, expect, test } from 'vitest'
import type { ClientEvent } from '../../../src/client/api/client-event.ts'
import { openTestDaemon } from '../../support/daemon-fixture.ts'
import { openCoreClient } from '../../support/open-core-client.ts'
import { createTestDatabase } from '../../support/test-database.ts'
import { waitFor } from '../../support/wait-for.ts'

const database = await createTestDatabase()

const publish = (name: string, n: number) =>
  database.query(`SELECT rtbridge.publish('${name}', jsonb_build_object('n', ${n}))`)

const numberOf = ({ data }: ClientEvent) => (data as { n: number }).n

describe('a subscription', () => {
  test('does not open a connection before something is wanted', async () => {
    const { url, daemon } = await openTestDaemon(database.url)
    const { client, states } = openCoreClient({ url })
    expect(client.status).toMatchObject({ state: 'idle', code: 'new', url: null, error: null })
    expect(states).toEqual([])
    await client.connect()
    expect(client.status).toMatchObject({ state: 'online', code: 'registered', url, error: null })
    await daemon.close()
  })

  test('that wants what another one wants is one with it at the hub', async () => {
    const { url } = await openTestDaemon(database.url)
    const { client } = openCoreClient({ url })
    const heard: string[] = []
    const first = client.on('TWIN', () => void heard.push('first'))
    const second = client.on(['TWIN'], () => void heard.push('second'))
    await Promise.all([first.ready(), second.ready()])
    await publish('TWIN', 1)
    await waitFor(() => heard.length === 2)
    expect(heard).toEqual(['first', 'second'])
    first.close()
    expect(first.state).toBe('closed')
    await publish('TWIN', 2)
    await waitFor(() => heard.length === 3)
    expect(heard.at(-1)).toBe('second')
    second.close()
  })

  test('whose handler throws or rejects is reported, and hears the next event all the same', async () => {
    const { url } = await openTestDaemon(database.url)
    const { client, errors } = openCoreClient({ url })
    const heard: number[] = []
    const broken = client.on('BROKEN', event => {
      heard.push(numberOf(event))
      if (heard.length === 1) throw new Error('at once')
      return Promise.reject(new Error('later'))
    })
    await broken.ready()
    await publish('BROKEN', 1)
    await publish('BROKEN', 2)
    await waitFor(() => errors.length === 2)
    expect(heard).toEqual([1, 2])
    expect(errors.map(error => (error as Error).message)).toEqual(['at once', 'later'])
    expect(client.status.state).toBe('online')
  })

  test('with a condition that does not compile fails with what the hub says, and takes no other with it', async () => {
    const { url } = await openTestDaemon(database.url)
    const { client, errors } = openCoreClient({ url })
    const wrong = client.subscribe({ where: 'new.n ==' })
    const good = client.on('GOOD', () => {})
    await expect(wrong.ready()).rejects.toMatchObject({ code: 'RTB_SUBSCRIPTION_WHERE' })
    await good.ready()
    expect(wrong.state).toBe('failed')
    expect(wrong.error?.hint).not.toBe('')
    expect(errors).toContain(wrong.error)
  })

  test('can be iterated over, and the iteration ends when it is closed', async () => {
    const { url } = await openTestDaemon(database.url)
    const { client } = openCoreClient({ url })
    const subscription = client.on('STEP', () => {})
    const seen: number[] = []
    const done = (async () => {
      for await (const event of subscription) {
        seen.push(numberOf(event))
        if (seen.length === 3) subscription.close()
      }
    })()
    await subscription.ready()
    for (let n = 1; n <= 3; n++) await publish('STEP', n)
    await done
    expect(seen).toEqual([1, 2, 3])
  })

  test('that is iterated over too slowly fails instead of filling the memory', async () => {
    const { url } = await openTestDaemon(database.url)
    const { client } = openCoreClient({ url })
    let heard = 0
    const subscription = client.on('FLOOD', () => void heard++)
    await subscription.ready()
    const iterator = subscription[Symbol.asyncIterator]()
    const first = iterator.next()
    await database.query(
      `SELECT rtbridge.publish('FLOOD', jsonb_build_object('n', n)) FROM generate_series(1, 1500) n`,
    )
    await waitFor(() => heard === 1_500)
    expect(numberOf((await first).value as ClientEvent)).toBe(1)
    let taken = 1
    const rest = (async () => {
      for (;;) {
        await iterator.next()
        taken++
      }
    })()
    await expect(rest).rejects.toMatchObject({ code: 'RTB_CLIENT_ITERATION_BEHIND' })
    expect(taken).toBeLessThanOrEqual(1_001)
  })

  test('with `since` gets what came after that cursor, and then what comes', async () => {
    const { url } = await openTestDaemon(database.url)
    const { client } = openCoreClient({ url })
    await client.connect()
    const since = client.cursor ?? ''
    const all: number[] = []
    await client.on('PAST', event => void all.push(numberOf(event))).ready()
    await publish('PAST', 1)
    await publish('PAST', 2)
    await waitFor(() => all.length === 2)
    const heard: number[] = []
    const states: string[] = []
    const past = client.on('PAST', event => void heard.push(numberOf(event)), { since })
    past.onState(state => void states.push(state))
    await past.ready()
    await publish('PAST', 3)
    await waitFor(() => heard.length === 3)
    expect(heard).toEqual([1, 2, 3])
    expect(all).toEqual([1, 2, 3])
    expect(states.at(-1)).toBe('live')
  })

  test('with a `since` that cannot be gone on from hears of the gap, and goes on from now', async () => {
    const { url } = await openTestDaemon(database.url)
    const { client, errors } = openCoreClient({ url })
    await client.connect()
    const gone = client.on('GONE', () => {}, { since: 'not a cursor' })
    await gone.ready()
    expect(errors).toMatchObject([{ code: 'RTB_CLIENT_GAP' }])
    const gaps: unknown[] = []
    client.onGap(gap => void gaps.push(gap))
    const again = client.on('GONE', () => {}, { since: 'not a cursor' })
    await again.ready()
    expect(gaps).toMatchObject([{ reason: 'unreadable', subscription: again }])
    expect(errors).toHaveLength(1)
  })

  test('hears that what came so far equals the database', async () => {
    const { url } = await openTestDaemon(database.url)
    const { client } = openCoreClient({ url })
    const order: string[] = []
    client.onCheckpoint(cursor => void order.push(cursor === '' ? 'none' : 'checkpoint'))
    await client.on('POINT', () => void order.push('event')).ready()
    await publish('POINT', 1)
    await waitFor(() => order.includes('event') && order.at(-1) === 'checkpoint')
    expect(order.slice(order.indexOf('event'))).toContain('checkpoint')
  })
})

describe('a client', () => {
  test('that is closed closes for good: what is asked of it fails, and nothing is left open', async () => {
    const { url } = await openTestDaemon(database.url)
    const { client, states } = openCoreClient({ url })
    const before = client.on('LATE', () => {})
    await before.ready()
    await client.close()
    expect(states.at(-1)).toBe('closed closed')
    expect(before.state).toBe('closed')
    await expect(client.on('LATER', () => {}).ready()).rejects.toMatchObject({ code: 'RTB_CLIENT_CLOSED' })
    await expect(client.publish('LATER')).rejects.toMatchObject({ code: 'RTB_CLIENT_CLOSED' })
    await expect(client.connect()).rejects.toMatchObject({ code: 'RTB_CLIENT_CLOSED' })
    await client.close()
  })

  test('that is made, closed and made again in one breath leaves one connection', async () => {
    const { url, daemon } = await openTestDaemon(database.url)
    const first = openCoreClient({ url }).client
    first.on('STRICT', () => {})
    await first.close()
    const heard: number[] = []
    const second = openCoreClient({ url }).client
    await second.on('STRICT', event => void heard.push(numberOf(event))).ready()
    await publish('STRICT', 1)
    await waitFor(() => heard.length === 1)
    expect(first.status.state).toBe('closed')
    const { connections } = (await (await fetch(`http://127.0.0.1:${daemon.port}/api/stats`)).json()) as {
      connections: number
    }
    expect(connections).toBe(1)
  })

  test('that is given what is no URL says so at once', () => {
    expect(() => openCoreClient({ url: 'office' })).toThrow(
      expect.objectContaining({ code: 'RTB_CLIENT_URL' }),
    )
    expect(() => openCoreClient({ url: ['ws://127.0.0.1:1/', 'ftp://127.0.0.1/'] })).toThrow(
      expect.objectContaining({ code: 'RTB_CLIENT_URL' }),
    )
  })
})
