import { createClient } from 'redis'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openPool } from '../../src/database/pool.ts'
import type { PresenceWord } from '../../src/domain/presence.ts'
import { type Signal, type SignalBus, signalChannel } from '../../src/domain/signal-bus.ts'
import { carryByNotify } from '../../src/signals/carry-by-notify.ts'
import { HubBus } from '../../src/signals/hub-bus.ts'
import { createLocalSignalBus } from '../../src/signals/local-signal-bus.ts'
import { RedisCarrier } from '../../src/signals/redis-carrier.ts'
import { adminOptions, openTestCapture } from '../support/capture-fixture.ts'
import { describeRedis, redisPassword, startRedis } from '../support/start-redis.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

/** One hub on a bus. */
interface Member {
  readonly bus: SignalBus
  /** Data of the signals it heard. */
  readonly heard: unknown[]
  /** What it heard of who is with other hubs; null where the bus carries none. */
  readonly words: [string, PresenceWord][]
}

/** Opens hubs that hear each other, as many as the bus is for. */
type OpenHubs = () => Promise<readonly Member[]>

function signal(data: unknown): Signal {
  return {
    eventId: 'e',
    eventType: 'TYPING',
    data: JSON.stringify(data),
    room: 'office',
    origin: 'desk',
    connectionId: 'c',
    at: '2026-01-01T00:00:00.000Z',
  }
}

function member(bus: SignalBus): Member {
  const [heard, words]: [unknown[], [string, PresenceWord][]] = [[], []]
  bus.subscribe(({ data }) => heard.push(JSON.parse(data)))
  if (bus instanceof HubBus) bus.onWord((hubId, word) => words.push([hubId, word]))
  return { bus, heard, words }
}

function hubBus(hubId: string, carry: (payloads: readonly string[]) => Promise<void>): HubBus {
  return new HubBus({
    hubId,
    carry,
    hasPeers: () => true,
    onHub: () => {},
    onError: () => {},
    now: () => performance.now(),
  })
}

/** What every bus promises. */
function promises(openHubs: OpenHubs): void {
  test('a signal is heard at its own hub at once, and at every hub once and in order, of any length', async () => {
    const hubs = await openHubs()
    const [first] = hubs
    const sent = Array.from({ length: 120 }, (_, n) => ({
      n,
      text: 'مرحبا'.repeat(n % 50 === 0 ? 8_000 : 1),
    }))
    for (const data of sent) void first?.bus.publish(signal(data))
    expect(first?.heard).toEqual(sent)
    for (const { heard } of hubs) {
      await waitFor(() => heard.length >= sent.length)
      expect(heard).toEqual(sent)
    }
    const last = hubs.at(-1)
    await last?.bus.publish(signal('back'))
    await waitFor(() => hubs.every(({ heard }) => heard.at(-1) === 'back'))
    expect(hubs.map(({ heard }) => heard.length)).toEqual(hubs.map(() => sent.length + 1))
  })

  test('who has ended its subscription hears nothing more', async () => {
    const [hub] = await openHubs()
    const heard: unknown[] = []
    const end = hub?.bus.subscribe(({ data }) => heard.push(data))
    await hub?.bus.publish(signal(1))
    end?.()
    await hub?.bus.publish(signal(2))
    expect(heard).toEqual(['1'])
  })
}

/** What a bus between hubs promises besides. */
function promisesBetweenHubs(openHubs: OpenHubs): void {
  test('words about who is there reach the other hubs with the name of the sender, not himself', async () => {
    const [a, b] = await openHubs()
    const entry = { id: '1', user: 'Zoë', clientId: 'c', appName: 'Desk', away: false, rooms: ['office'] }
    const words: PresenceWord[] = [
      { word: 'ask', of: null },
      { word: 'all', number: 1, entries: [entry] },
      { word: 'change', number: 2, changed: [{ ...entry, away: true }], gone: ['0'] },
      { word: 'beat', number: 2 },
    ]
    for (const word of words) expect(a?.bus instanceof HubBus && a.bus.tell(word)).toBe(true)
    await waitFor(() => b?.words.length === words.length)
    expect(b?.words).toEqual(words.map(word => ['hub-0', word]))
    expect(a?.words).toEqual([])
    if (a?.bus instanceof HubBus) a.bus.farewell()
    await waitFor(() => b?.words.length === words.length + 1)
    expect(b?.words.at(-1)).toEqual(['hub-0', { word: 'bye' }])
  })

  test('a word that is too long is not told, and said to be so', async () => {
    const [a] = await openHubs()
    const gone = Array.from({ length: 10_000 }, (_, n) => `${n}`.padStart(200, '-'))
    expect(a?.bus instanceof HubBus && a.bus.tell({ word: 'change', number: 1, changed: [], gone })).toBe(
      false,
    )
  })
}

describe('one hub alone', () => {
  promises(async () => [member(createLocalSignalBus())])
})

describe('PostgreSQL', async () => {
  const database = await createTestDatabase()
  const openHubs: OpenHubs = async () => {
    const hubs: Member[] = []
    for (const hubId of ['hub-0', 'hub-1', 'hub-2']) {
      const pool = openPool(adminOptions(database.url), 1)
      const bus = hubBus(hubId, carryByNotify(pool))
      let hears = false
      await openTestCapture(database.url, {
        channels: [signalChannel, 'probe'],
        onNotification: (channel, payload) => {
          if (channel === 'probe') hears = true
          else bus.receive(payload)
        },
      })
      onTestFinished(async () => {
        await bus.close()
        await pool.close()
      })
      await waitFor(async () => {
        await database.query('NOTIFY probe')
        return hears
      })
      hubs.push(member(bus))
    }
    return hubs
  }
  promises(openHubs)
  promisesBetweenHubs(openHubs)
})

describeRedis('Redis', async () => {
  const server = await startRedis()

  async function openRedisHub(hubId: string, history: string) {
    const state = { hears: 0, away: [] as string[] }
    const carrier = new RedisCarrier({
      url: server.url,
      receive: payload => bus.receive(payload),
      onHears: () => state.hears++,
      onAway: ({ detail }) => state.away.push(detail),
    })
    const bus = hubBus(hubId, payloads => carrier.carry(payloads))
    onTestFinished(async () => {
      await bus.close()
      carrier.close()
    })
    carrier.useHistory(history)
    await waitFor(() => state.hears > 0)
    return { ...member(bus), carrier, hub: bus, state }
  }

  const openHubs = () =>
    Promise.all(['hub-0', 'hub-1', 'hub-2'].map(hubId => openRedisHub(hubId, 'aaaa0000')))
  promises(openHubs)
  promisesBetweenHubs(openHubs)

  test('systems of other histories on the same server hear nothing of each other, and a hub may change over', async () => {
    const [a, b] = [await openRedisHub('a', '11111111'), await openRedisHub('b', '22222222')]
    await a.bus.publish(signal('mine'))
    await b.bus.publish(signal('yours'))
    b.carrier.useHistory('11111111')
    await waitFor(() => b.state.hears === 2)
    await a.bus.publish(signal('ours'))
    await waitFor(() => b.heard.includes('ours'))
    expect(b.heard).toEqual(['yours', 'ours'])
  })

  test('while the server is away signals are lost and counted, and afterwards they come again', async () => {
    const [a, b] = [await openRedisHub('a', '33333333'), await openRedisHub('b', '33333333')]
    await server.kill()
    await waitFor(() => a.carrier.away !== null && b.carrier.away !== null)
    await a.bus.publish(signal('lost'))
    expect(a.heard).toEqual(['lost'])
    await waitFor(() => a.hub.counters.dropped > 0)
    await server.start()
    await waitFor(() => a.state.hears === 2 && b.state.hears === 2)
    expect(a.carrier.away).toBeNull()
    // It rests a little after a failure.
    await waitFor(async () => {
      await a.bus.publish(signal('back'))
      return b.heard.includes('back')
    })
    expect(b.heard).not.toContain('lost')
    expect(a.state.away).toHaveLength(1)
  })

  test('a server that is not there at the start, or refuses the password, is found once it is there and lets in', async () => {
    const late = await startRedis()
    await late.kill()
    const state = { hears: 0, away: [] as string[] }
    const carrier = new RedisCarrier({
      url: late.url.replace(redisPassword, 'wr0ng'),
      receive: () => {},
      onHears: () => state.hears++,
      onAway: ({ detail }) => state.away.push(detail),
    })
    onTestFinished(() => carrier.close())
    carrier.useHistory('55555555')
    await waitFor(() => carrier.away?.detail.includes('ECONNREFUSED'))
    await late.start()
    await waitFor(() => carrier.away?.detail.includes('WRONGPASS'))
    const admin = createClient({ url: late.url })
    await admin.connect()
    onTestFinished(() => admin.destroy())
    await admin.configSet('requirepass', 'wr0ng')
    await waitFor(() => state.hears > 0)
    expect(state.away).toHaveLength(1)
  })

  test('a carrier can be closed while its server is away', async () => {
    const gone = await startRedis()
    await gone.kill()
    const carrier = new RedisCarrier({
      url: gone.url,
      receive: () => {},
      onHears: () => {},
      onAway: () => {},
    })
    await waitFor(() => carrier.away?.detail.includes('ECONNREFUSED'))
    carrier.close()
    carrier.close()
    await expect(carrier.carry(['x'])).rejects.toThrow()
  })

  test('a server that answers nothing is given up, and found again', async () => {
    const a = await openRedisHub('a', '44444444')
    server.signal('SIGSTOP')
    await waitFor(() => a.carrier.away !== null)
    server.signal('SIGCONT')
    await waitFor(() => a.carrier.away === null && a.state.hears === 2)
  })
})
