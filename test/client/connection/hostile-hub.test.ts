import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { openCoreClient } from '../../support/open-core-client.ts'
import { waitFor } from '../../support/wait-for.ts'

type Say = (message_type: string, data?: unknown) => void

/** A hub that says what a test wants it to say. */
async function openHostileHub(answer: (type: string, say: Say, socket: WebSocket, message: Sent) => void) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await new Promise(resolve => server.on('listening', resolve))
  const connections: WebSocket[] = []
  server.on('connection', socket => {
    connections.push(socket)
    socket.on('error', () => {})
    const say: Say = (message_type, data) =>
      socket.send(JSON.stringify({ message_type, data, timestamp: new Date().toISOString() }))
    socket.on('message', text => {
      const message = JSON.parse(String(text)) as Sent
      answer(message.message_type, say, socket, message)
    })
  })
  onTestFinished(
    () =>
      new Promise(resolve => {
        for (const socket of connections) socket.terminate()
        server.close(() => resolve())
      }),
  )
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, connections }
}

interface Sent {
  readonly message_type: string
  readonly message_id?: string
  readonly data: {
    readonly resume?: string | null
    readonly hubs?: unknown
    readonly id?: string
    readonly subscriptions?: { readonly id: string }[]
  }
}

/** What a client has under way: while it has a socket or a timer, something may still come. */
function watchClient() {
  const sockets: WebSocket[] = []
  const timers = new Map<unknown, number>()
  class Spy extends WebSocket {
    constructor(url: string) {
      super(url)
      sockets.push(this)
    }
  }
  const environment = {
    setTimeout: (work: () => void, ms: number) => {
      const timer = setTimeout(() => {
        timers.delete(timer)
        work()
      }, ms)
      timers.set(timer, ms)
      return timer
    },
    clearTimeout: (timer: unknown) => {
      timers.delete(timer)
      clearTimeout(timer as NodeJS.Timeout)
    },
  }
  const isStill = () =>
    timers.size === 0 && sockets.every(({ readyState }) => readyState === WebSocket.CLOSED)
  return { Spy, environment, timers, isStill }
}

const registered = {
  client_id: 'x',
  hub_id: 'h',
  protocol: 1,
  cursor: 'c1',
  resumed: 'fresh',
  heartbeat_ms: 15_000,
}

const eventOf = (n: number, subscriptions: string[]) => ({
  event_type: 'E',
  event_id: `e${n}`,
  data: n,
  subscriptions,
})

describe('a frame that is JSON and no message', () => {
  test.each([
    'null',
    '{"message_type":"events"}',
    '{"message_type":"events","data":{"events":[{}]}}',
    '{"message_type":"registered","data":{"cursor":"c","hubs":5}}',
  ])('%s ends the connection, and nothing else', async frame => {
    let isFirst = true
    const { url } = await openHostileHub((type, say, socket) => {
      if (type !== 'register') return
      if (isFirst) socket.send(frame)
      else say('registered', registered)
      isFirst = false
    })
    const { client, states } = openCoreClient({ url })
    await client.connect()
    expect(states).toContain('retrying RTB_CLIENT_FRAME')
  })

  test('of a type that is not known is passed over, with data or without', async () => {
    const { url } = await openHostileHub((type, say) => {
      if (type !== 'register') return
      say('what_is_this')
      say('registered', registered)
      say('nor_this', 7)
      say('checkpoint', { cursor: 'c2' })
    })
    const { client, states } = openCoreClient({ url })
    client.on('E', () => {})
    await waitFor(() => client.cursor === 'c2')
    expect(states).toEqual(['connecting wanted', 'online registered'])
  })
})

describe('a hub that says `registered`', () => {
  test('twice is not asked twice', async () => {
    const asked: string[] = []
    const { url } = await openHostileHub((type, say) => {
      asked.push(type)
      if (type !== 'register') return
      say('registered', registered)
      say('registered', { ...registered, cursor: 'c9' })
      say('checkpoint', { cursor: 'c2' })
    })
    const { client } = openCoreClient({ url })
    client.on('E', () => {}, { since: 'c0' })
    await waitFor(() => client.cursor === 'c2' && asked.includes('subscribe'))
    expect(asked).toEqual(['register', 'subscribe'])
  })

  test('without a heartbeat is probed all the same', async () => {
    const asked: string[] = []
    const { url } = await openHostileHub((type, say) => {
      asked.push(type)
      if (type === 'register') say('registered', { ...registered, heartbeat_ms: undefined })
    })
    // Time runs a hundred times as fast, by steps that are no sleep.
    let time = 0
    const { client } = openCoreClient(
      { url, probeTimeoutMs: 100_000 },
      {
        monotonicNow: () => time,
        now: () => time,
        setTimeout: (work, ms) =>
          setTimeout(
            () => {
              if (ms === 2_000) time += ms
              work()
            },
            ms === 2_000 ? 20 : ms,
          ),
      },
    )
    await client.connect()
    await waitFor(() => asked.includes('ping'))
  })

  test('with a gap, and is cut before it says the gap, is asked from the old cursor again', async () => {
    const resumes: unknown[] = []
    const { url } = await openHostileHub((type, say, socket, { data }) => {
      if (type !== 'register') return
      resumes.push(data.resume)
      if (resumes.length === 1) {
        say('registered', registered)
        socket.close(1011)
      } else if (resumes.length === 2) {
        say('registered', { ...registered, resumed: 'gap', cursor: 'c2' })
        socket.close(1011)
      } else {
        say('registered', { ...registered, resumed: 'gap', cursor: 'c3' })
        say('gap', { reason: 'retention', cursor: 'c3', action: 'reload' })
      }
    })
    const { client } = openCoreClient({ url })
    const gaps: string[] = []
    client.onGap(({ cursor }) => void gaps.push(cursor))
    client.on('E', () => {})
    await waitFor(() => gaps.length > 0)
    expect(resumes).toEqual([null, 'c1', 'c1'])
    expect(gaps).toEqual(['c3'])
    expect(client.cursor).toBe('c3')
  })

  test('with ten thousand siblings is believed 32 of them', async () => {
    const { url } = await openHostileHub((type, say, socket) => {
      if (type !== 'register') return
      const hubs = Array.from({ length: 10_000 }, (_, n) => ({ hub_id: `${n}`, url: `ws://h${n}.test:1/` }))
      say('registered', { ...registered, hubs })
      socket.close(1011)
    })
    const asked: string[] = []
    class Spy extends WebSocket {
      constructor(to: string) {
        asked.push(to)
        super(asked.length === 1 ? to : 'ws://127.0.0.1:1/')
      }
    }
    const { client } = openCoreClient({ url, WebSocket: Spy, backoff: { minMs: 1, maxMs: 1 } })
    client.on('E', () => {})
    await waitFor(() => asked.length > 80)
    expect(new Set(asked).size).toBe(33)
  })
})

describe('what a handler may do', () => {
  /** A hub that sends 5 events at once. */
  const openBatch = () =>
    openHostileHub((type, say, _socket, { data, message_id }) => {
      if (type === 'register') {
        say('registered', registered)
        const ids = (data.subscriptions ?? []).map(({ id }) => id)
        say('events', { events: [1, 2, 3, 4, 5].map(n => eventOf(n, ids)), cursor: 'c2', checkpoint: true })
      } else if (message_id) say('ack', { in_reply_to: message_id })
    })

  test('close the client: nothing comes after it, and the cursor stays', async () => {
    const { url } = await openBatch()
    const { Spy, environment, isStill } = watchClient()
    const { client } = openCoreClient({ url, WebSocket: Spy }, environment)
    const heard: unknown[] = []
    const checkpoints: string[] = []
    client.onCheckpoint(cursor => void checkpoints.push(cursor))
    client.on('E', event => {
      heard.push(event.data)
      if (event.data === 2) void client.close()
    })
    await waitFor(() => client.status.state === 'closed')
    await waitFor(isStill)
    expect(heard).toEqual([1, 2])
    expect(checkpoints).toEqual([])
    expect(client.cursor).toBe('c1')
  })

  test('close another subscription of the same filter: it hears nothing more', async () => {
    const { url } = await openBatch()
    const { client } = openCoreClient({ url })
    const heard: string[] = []
    const first = client.on('E', event => {
      heard.push(`first ${event.data}`)
      if (event.data === 3) second.close()
    })
    const second = client.on('E', event => void heard.push(`second ${event.data}`))
    await waitFor(() => heard.includes('first 5'))
    expect(heard.filter(text => text.startsWith('second'))).toEqual(['second 1', 'second 2'])
    first.close()
  })

  test.each(['connecting', 'online'])('close the client while it hears that it is %s', async wanted => {
    const { url, connections } = await openBatch()
    const { Spy, environment, isStill } = watchClient()
    const { client } = openCoreClient({ url, WebSocket: Spy }, environment)
    client.onStatus(({ state }) => void (state === wanted && client.close()))
    client.on('E', () => {})
    await waitFor(() => client.status.state === 'closed')
    await client.close()
    await waitFor(isStill)
    await waitFor(() => connections.every(({ readyState }) => readyState === WebSocket.CLOSED))
    expect(client.status.state).toBe('closed')
  })

  test('close the client when it hears of the next attempt', async () => {
    const { url, connections } = await openHostileHub((_type, _say, socket) => socket.close(1011))
    const { Spy, environment, isStill } = watchClient()
    const { client } = openCoreClient({ url, WebSocket: Spy }, environment)
    client.onStatus(({ code }) => void (code === 'due' && client.close()))
    client.on('E', () => {})
    await waitFor(() => client.status.state === 'closed')
    await client.close()
    await waitFor(isStill)
    expect(connections).toHaveLength(1)
  })

  test('close the client when it hears of a state: those behind it hear of all states, in their order', async () => {
    const { url } = await openHostileHub((type, say) => {
      if (type === 'register') say('registered', registered)
    })
    const { client, states } = openCoreClient({ url })
    client.onStatus(({ state }) => {
      if (state === 'online') client.close()
    })
    const later: string[] = []
    client.onStatus(({ state }) => void later.push(state))
    await client.connect().catch(() => {})
    await waitFor(() => client.status.state === 'closed')
    expect(states).toEqual(['connecting wanted', 'online registered', 'closed closed'])
    expect(later).toEqual(['connecting', 'online', 'closed'])
  })

  test('end its own listening for gaps: the gap was heard', async () => {
    const { url } = await openHostileHub((type, say) => {
      if (type !== 'register') return
      say('registered', { ...registered, resumed: 'gap' })
      say('gap', { reason: 'retention', cursor: 'c3', action: 'reload' })
      say('checkpoint', { cursor: 'c4' })
    })
    const { client, errors } = openCoreClient({ url })
    client.on('E', () => {})
    let gaps = 0
    const end = client.onGap(() => {
      gaps++
      end()
    })
    await waitFor(() => client.cursor === 'c4')
    expect(gaps).toBe(1)
    expect(errors).toEqual([])
  })

  test('subscribe to the same anew when it hears of a gap: that one has missed nothing', async () => {
    const { url } = await openHostileHub((type, say, _socket, { data, message_id }) => {
      if (type === 'register') say('registered', registered)
      const answer = {
        id: data.id,
        cursor: 'c1',
        resumed: 'gap',
        reason: 'retention',
        in_reply_to: message_id,
      }
      if (type === 'subscribe') say('subscribed', answer)
    })
    const { client } = openCoreClient({ url })
    await client.connect()
    let gaps = 0
    client.onGap(() => {
      if (++gaps < 5) client.on('E', () => {})
    })
    await client.on('E', () => {}).ready()
    expect(gaps).toBe(1)
  })

  test('end a subscription before the hub has answered: the hub hears of it afterwards', async () => {
    const unsubscribed: (string | undefined)[] = []
    const { url } = await openHostileHub((type, say, _socket, { data, message_id }) => {
      if (type === 'unsubscribe') {
        unsubscribed.push(data.id)
        say('unsubscribed', { id: data.id, in_reply_to: message_id })
      }
      if (type !== 'register') return
      room.close()
      say('registered', registered)
    })
    const { client } = openCoreClient({ url })
    const never = client.on('NEVER', () => {})
    const kept = client.on('E', () => {})
    const room = client.join('lobby')
    never.close()
    await kept.ready()
    await waitFor(() => unsubscribed.length > 0)
    kept.close()
    await waitFor(() => unsubscribed.length === 2)
    expect(unsubscribed).toEqual(['s3', 's2'])
  })

  test('report to somebody who cannot be reached', async () => {
    const { url } = await openBatch()
    const rejections: unknown[] = []
    const note = (error: unknown) => void rejections.push(error)
    process.on('unhandledRejection', note)
    onTestFinished(() => void process.off('unhandledRejection', note))
    let reports = 0
    const { client } = openCoreClient({
      url,
      onError: async () => {
        reports++
        throw new Error('the log is away')
      },
    })
    client.on('E', () => {
      throw new Error('a handler')
    })
    await waitFor(() => reports === 5)
    // Node says what was not caught at the end of the turn.
    await nextTurn()
    expect(rejections).toEqual([])
  })
})

describe('where there is no address', () => {
  test.each([
    ['an empty list', () => [], 'RTB_CLIENT_URL'],
    ['nothing', () => undefined as never, 'RTB_CLIENT_URL'],
  ])('because the function gives %s, it is asked again after a pause', async (_what, url, code) => {
    let asked = 0
    const { environment, timers } = watchClient()
    const { client, states } = openCoreClient(
      {
        url: () => {
          asked++
          return url()
        },
        backoff: { minMs: 600_000, maxMs: 600_000 },
      },
      {
        ...environment,
        random: () => 0.9,
        platform: { location: { href: 'http://page/', protocol: 'http:', hostname: 'page' } },
      },
    )
    client.on('E', () => {})
    await waitFor(() => [...timers.values()].includes(540_000))
    expect(states).toEqual(['connecting wanted', `retrying ${code}`])
    expect(asked).toBe(1)
  })

  test('that a WebSocket takes, the error is of the client', async () => {
    const { client, states } = openCoreClient({ url: 'ws://127.0.0.1:1/#part' })
    client.on('E', () => {})
    await waitFor(() => states.length >= 2)
    expect(states[1]).toBe('retrying RTB_CLIENT_CONNECT_FAILED')
    expect(client.status.error).toMatchObject({ name: 'ClientError' })
  })
})

test('a hub that dies before it has heard of the others takes them from no client', async () => {
  const other = await openHostileHub((type, say) => type === 'register' && say('registered', registered))
  const one = await openHostileHub((type, say, socket) => {
    if (type !== 'register') return
    // It knows the other, is killed, starts again, and dies of it, again and again.
    if (one.connections.length === 1)
      say('registered', { ...registered, hubs: [{ hub_id: 'o', url: other.url }] })
    if (one.connections.length === 2) say('registered', registered)
    setImmediate(() => socket.terminate())
  })
  const { client } = openCoreClient({ url: one.url })
  client.connect()
  await waitFor(() => client.status.state === 'online' && client.status.url === other.url)
  expect(one.connections.length).toBeGreaterThan(2)
})

describe('a refusal', () => {
  test('at `register` that names a subscription leaves that one out, and the others in the stream', async () => {
    const asked: string[] = []
    const { url } = await openHostileHub((type, say, _socket, { data, message_id }) => {
      const ids = (data.subscriptions ?? []).map(({ id }) => id)
      asked.push(`${type} ${data.id ?? ids}`)
      const refuse = (in_reply_to: string, subscription: string) =>
        say('error', { code: 'RTB_SUBSCRIPTION_WHERE', message: 'm', hint: 'h', in_reply_to, subscription })
      if (type === 'register' && ids.length === 3) refuse('register', ids[1] ?? '')
      else if (type === 'register') say('registered', registered)
      else refuse(message_id ?? '', data.id ?? '')
    })
    const { client } = openCoreClient({ url })
    const [first, wrong, last] = ['A', 'B', 'C'].map(name => client.on(name, () => {}))
    await expect(wrong?.ready()).rejects.toMatchObject({ code: 'RTB_SUBSCRIPTION_WHERE' })
    await Promise.all([first?.ready(), last?.ready()])
    expect(asked).toEqual(['register s1,s2,s3', 'register s1,s3', 'subscribe s2'])
  })
})

describe('a refusal of a room', () => {
  test('with which the hub goes on is asked about by itself, and not taken back: the hub does not have it', async () => {
    const asked: string[] = []
    const { url } = await openHostileHub((type, say, _socket, { data, message_id }) => {
      asked.push(`${type} ${data.id ?? data.subscriptions?.map(({ id }) => id)}`)
      const error = {
        code: 'RTB_ROOM_DENIED',
        message: 'm',
        hint: 'h',
        in_reply_to: 'register',
        subscription: 's1',
      }
      if (type === 'register') {
        say('error', error)
        say('registered', registered)
      } else say('error', { ...error, in_reply_to: message_id, subscription: data.id })
    })
    const { client } = openCoreClient({ url })
    const [room, other] = [client.join('cellar'), client.on('E', () => {})]
    await expect(room.ready()).rejects.toMatchObject({ code: 'RTB_ROOM_DENIED' })
    await other.ready()
    expect(asked).toEqual(['register s1,s2', 'subscribe s1'])
  })
})

describe('what is longer than a hub takes', () => {
  const tooBig = 70_000

  /** A hub that ends a connection that sends more than 64 KiB at once, without a word. */
  const openNarrowHub = (limit: number, asked: string[] = []) =>
    openHostileHub((type, say, socket, { data, message_id }) => {
      asked.push(type)
      if (JSON.stringify(data).length > limit) socket.close(1009)
      else if (type === 'register') say('registered', registered)
      else if (message_id)
        say('subscribed', { id: data.id, cursor: 'c1', resumed: 'fresh', in_reply_to: message_id })
    })

  test('because of many subscriptions is sent in parts', async () => {
    const { url } = await openNarrowHub(65_536)
    const { client, states } = openCoreClient({ url })
    const all = Array.from({ length: 300 }, (_, n) =>
      client.subscribe({ where: `new.n == ${n} ${' '.repeat(400)}` }),
    )
    await Promise.all(all.map(each => each.ready()))
    expect(states).toEqual(['connecting wanted', 'online registered'])
  })

  test('of a hub that takes less than others is asked for one by one', async () => {
    const { url } = await openNarrowHub(2_000)
    const { client, states } = openCoreClient({ url })
    const all = Array.from({ length: 10 }, (_, n) =>
      client.subscribe({ where: `new.n == ${n} ${' '.repeat(400)}` }),
    )
    await Promise.all(all.map(each => each.ready()))
    expect(states.filter(state => state.startsWith('connecting'))).toHaveLength(2)
  })

  test('because of one subscription alone ends that one, and no other', async () => {
    const { url } = await openNarrowHub(65_536)
    const { client } = openCoreClient({ url })
    const good = client.on('GOOD', () => {})
    const wrong = client.subscribe({ where: ' '.repeat(tooBig) })
    await expect(wrong.ready()).rejects.toMatchObject({ code: 'RTB_CLIENT_TOO_LARGE' })
    await good.ready()
    await waitFor(() => client.status.state === 'online')
  })
})

describe('a hub that goes away', () => {
  test.each([-5, 2 ** 31, 1e300, 'soon', {}])(
    'and says to come back after %s is asked again after an ordinary pause',
    async retryMs => {
      let registers = 0
      const { url } = await openHostileHub((type, say, socket) => {
        if (type !== 'register') return
        registers++
        say('registered', registered)
        if (registers > 1) return
        say('going_away', { reason: 'restart', retry_ms: retryMs })
        socket.close(4000)
      })
      const pauses: number[] = []
      const { client } = openCoreClient(
        { url, backoff: { minMs: 40, maxMs: 40 } },
        {
          random: () => 0.5,
          setTimeout: (work, ms) => {
            pauses.push(ms)
            return setTimeout(work, ms)
          },
        },
      )
      client.on('E', () => {})
      await waitFor(() => registers === 2)
      expect(pauses).toContain(20)
      expect(pauses).not.toContain(retryMs)
    },
  )
})
