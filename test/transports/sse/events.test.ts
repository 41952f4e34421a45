import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { openIdentity } from '../../../src/access/identity.ts'
import { rtbridgeError } from '../../../src/domain/errors/registry.ts'
import { checkpointAt, eventOf } from '../../hub/memory-history.ts'
import { openTestServer } from '../../support/open-test-server.ts'
import { openSseClient } from '../../support/sse-client.ts'
import { waitFor } from '../../support/wait-for.ts'

const token0 = 'v1.AAAAAAAAAKoBAA'
const token1 = 'v1.AAAAAAAAAKoCAA'
const at = '"timestamp":"2026-01-01T00:00:00.000Z"'

const body = (n: number, type: string) =>
  `{"event_type":${JSON.stringify(type)},"table":"bookings","id":"${n}",${at},"data":{"n":${n}},"op":"INSERT",` +
  `"event_id":"e${n}","seq":"${n}","tx":"1","origin":null,"channel":null,"subscriptions":["default"]}`

describe('GET /events', () => {
  test('sends exactly these bytes, an id on the last event of a batch only', async () => {
    const { hub, url } = await openTestServer()
    const client = await openSseClient(url('/events?client_id=desk'))
    await client.next('registered')
    const events = [eventOf(1, 1), eventOf(2, 1, { eventType: 'BOOKING_CREATED' })]
    hub.publish({ events, cursor: checkpointAt(1) })
    await client.next('checkpoint')
    expect(client.text).toBe(
      'retry: 2000\n\n' +
        `event: registered\nid: ${token0}\ndata: {"client_id":"desk","hub_id":"hub-1","protocol":1,"cursor":"${token0}",` +
        '"resumed":"fresh","heartbeat_ms":15000}\n\n' +
        `event: INSERT\ndata: ${body(1, 'INSERT')}\n\n` +
        `event: BOOKING_CREATED\nid: ${token1}\ndata: ${body(2, 'BOOKING_CREATED')}\n\n` +
        `event: checkpoint\nid: ${token1}\ndata: {"cursor":"${token1}"}\n\n`,
    )
  })

  test('says what it is, and that nobody may keep or collect it', async () => {
    const { url } = await openTestServer()
    const { status, headers } = await openSseClient(url('/events'))
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    })
    expect(headers['content-encoding']).toBeUndefined()
  })

  test.each(['gap', 'going_away', 'error', 'open', 'A\nid: forged\nevent: gap', 'B\rdata: forged', ''])(
    'lets no event pass for another thing by its name %j',
    async eventType => {
      const { hub, url } = await openTestServer()
      const client = await openSseClient(url('/events'))
      await client.next('registered')
      hub.publish({ events: [eventOf(1, 1, { eventType })], cursor: checkpointAt(1) })
      const block = await client.next('realtime_event')
      expect(JSON.parse(block.data)).toMatchObject({ event_type: eventType, event_id: 'e1' })
      await client.next('checkpoint')
      expect(client.blocks.map(({ name }) => name)).toEqual(['registered', 'realtime_event', 'checkpoint'])
    },
  )

  test('keeps data on one line, whatever stands between its values', async () => {
    const { hub, url } = await openTestServer()
    const client = await openSseClient(url('/events'))
    await client.next('registered')
    hub.publish({ events: [eventOf(1, 1, { data: '{"n":\r\n1,\n"m":2}' })], cursor: checkpointAt(1) })
    expect(JSON.parse((await client.next('INSERT')).data)).toMatchObject({ data: { n: 1, m: 2 } })
  })

  test('gives signals no position', async () => {
    const { hub, url } = await openTestServer()
    const client = await openSseClient(url('/events'))
    await client.next('registered')
    const event = { eventType: 'TYPING', data: '{}', room: null, durable: false, origin: 'x' }
    await hub.send({ identity: openIdentity, address: 'x' }, event)
    expect(await client.next('TYPING')).toMatchObject({ hasId: false, lastEventId: token0 })
  })

  test('believes the header of a browser that comes back more than its URL', async () => {
    const { hub, history, url } = await openTestServer({ sizes: [1, 1, 1] })
    for (const batch of [0, 1, 2].flatMap(from => history.pieces(from, from + 1))) hub.publish(batch)
    const client = await openSseClient(url(`/events?last_event_id=${token0}`), { 'last-event-id': token1 })
    expect(JSON.parse((await client.next('INSERT')).data)).toMatchObject({ event_id: 'e2' })
    const fromUrl = await openSseClient(url(`/events?last_event_id=${token0}`))
    expect(JSON.parse((await fromUrl.next('INSERT')).data)).toMatchObject({ event_id: 'e1' })
  })

  test('takes lists repeated or with commas, and conflates', async () => {
    const { hub, url } = await openTestServer()
    const query = 'events=A*,B&events=C&tables=book*&rooms=r1,r2&conflate_ms=50&app_name=board'
    const client = await openSseClient(url(`/events?${query}`))
    await client.next('registered')
    const [connection] = hub.connections()
    expect(connection?.appName).toBe('board')
    expect(connection?.interests.subscriptions[0]?.spec).toEqual({
      id: 'default',
      events: ['A*', 'B', 'C'],
      tables: ['book*'],
      channels: [],
      rooms: ['r1', 'r2'],
      where: null,
      conflateMs: 50,
    })
  })

  test('takes a list of subscriptions, and names in each event those it matched', async () => {
    const { hub, history, url } = await openTestServer({ sizes: [1, 1] })
    for (const batch of history.pieces(0, 1)) hub.publish(batch)
    const subscriptions = [
      { id: 'all' },
      { id: 'second', tables: ['bookings'], where: 'new.n == 2', conflate_ms: null },
      { id: 'rooms', rooms: ['r'], where: 'new.n == 1' },
    ]
    const query = `subscriptions=${encodeURIComponent(JSON.stringify(subscriptions))}`
    const client = await openSseClient(url(`/events?${query}&app_name=board`), { 'last-event-id': token0 })
    expect(JSON.parse((await client.next('registered')).data)).toMatchObject({ resumed: 'resumed' })
    for (const batch of history.pieces(1, 2)) hub.publish(batch)
    expect(JSON.parse((await client.next('INSERT')).data).subscriptions).toEqual(['all'])
    const both = JSON.parse((await client.next('INSERT')).data)
    expect(both).toMatchObject({ event_id: 'e2', transition: 'enter', subscriptions: ['all', 'second'] })
    await client.next('checkpoint')
    expect(client.blocks.map(({ name, hasId }) => [name, hasId])).toEqual([
      ['registered', true],
      ['INSERT', true],
      ['checkpoint', true],
      ['INSERT', true],
      ['checkpoint', true],
    ])
    const [connection] = hub.connections()
    expect([connection?.appName, [...(connection?.interests.allRooms ?? [])]]).toEqual(['board', ['r']])
  })

  test('takes an empty list of subscriptions as none', async () => {
    const { hub, url } = await openTestServer()
    const client = await openSseClient(url('/events?subscriptions=[]'))
    await client.next('registered')
    hub.publish({ events: [eventOf(1, 1)], cursor: checkpointAt(1) })
    const event = { eventType: 'TYPING', data: '{}', room: null, durable: false, origin: 'x' }
    await hub.send({ identity: openIdentity, address: 'x' }, event)
    await hub.close('restart')
    await waitFor(() => client.isClosed)
    expect(client.blocks.map(({ name }) => name)).toEqual(['registered', 'going_away'])
  })

  test.each([
    ['nonsense', 'RTB_QUERY_INVALID', 'subscriptions: is not JSON'],
    ['{"id":"a"}', 'RTB_QUERY_INVALID', 'subscriptions: '],
    ['[{"id":"a"},{"tables":["x"]}]', 'RTB_QUERY_INVALID', 'subscriptions.1.id: '],
    [`[{"id":"a","where":"${'n'.repeat(40)}"}]`, 'RTB_QUERY_INVALID', 'limits.filter_length'],
    [`${'['.repeat(90)}${']'.repeat(90)}`, 'RTB_QUERY_INVALID', 'deeper than 64'],
    ['[{"id":"a","where":"new.x ==="}]', 'RTB_SUBSCRIPTION_WHERE', '"a"'],
    ['[{"id":"a"},{"id":"a"}]', 'RTB_SUBSCRIPTION_DUPLICATE', '"a" twice'],
    ['[{"id":"a"}]&events=A', 'RTB_QUERY_INVALID', 'cannot stand beside events'],
    ['[{"id":"a"}]&conflate_ms=100', 'RTB_QUERY_INVALID', 'cannot stand beside conflate_ms'],
    ['[]&subscriptions=[]', 'RTB_QUERY_INVALID', 'twice'],
  ])('answers ?subscriptions=%s with a problem', async (value, code, detail) => {
    const { hub, url } = await openTestServer({ with: { maxWhereLength: 30 } })
    const answer = await fetch(url(`/events?subscriptions=${value}`))
    expect(answer.status).toBe(400)
    const problem = (await answer.json()) as { detail: string }
    expect(problem).toMatchObject({ code, status: 400 })
    expect(problem.detail).toContain(detail)
    expect(hub.stats().connections).toBe(0)
  })

  test('ends a stream that asks for more subscriptions than it may have, and says so', async () => {
    const { url } = await openTestServer({ with: { maxSubscriptions: 1 } })
    const client = await openSseClient(url('/events?subscriptions=[{"id":"a"},{"id":"b"}]'))
    expect(JSON.parse((await client.next('error')).data)).toMatchObject({ code: 'RTB_SUBSCRIPTION_LIMIT' })
    await waitFor(() => client.isClosed)
  })

  test.each([
    ['evnts=A', 'RTB_QUERY_UNKNOWN', 'did you mean events?'],
    ['conflate_ms=5', 'RTB_QUERY_INVALID', 'openapi'],
    ['conflate_ms=soon', 'RTB_QUERY_INVALID', 'openapi'],
    ['where=a&where=b', 'RTB_QUERY_INVALID', 'openapi'],
    [`events=${'x'.repeat(300)}`, 'RTB_QUERY_INVALID', 'openapi'],
    ['where=new.x%20%3D%3D%3D', 'RTB_SUBSCRIPTION_WHERE', 'CEL'],
  ])('answers ?%s with a problem', async (query, code, hint) => {
    const { hub, url } = await openTestServer()
    const answer = await fetch(url(`/events?${query}`))
    expect(answer.status).toBe(400)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    const problem = (await answer.json()) as { hint: string }
    expect(problem).toMatchObject({ code, type: `urn:rtbridge:error:${code}`, status: 400 })
    expect(problem.hint).toContain(hint)
    expect(hub.stats().connections).toBe(0)
  })

  test('answers 503 with a time to come back when the hub is full', async () => {
    const { url } = await openTestServer({ with: { maxConnections: 1 } })
    await openSseClient(url('/events'))
    const answer = await fetch(url('/events'))
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('5')
    expect(await answer.json()).toMatchObject({ code: 'RTB_HUB_FULL' })
  })

  test('asks who is there before it begins, and streams to nobody else', async () => {
    const identify = () => Promise.reject(rtbridgeError('RTB_ROOM_DENIED', { room: 'listen' }))
    const { hub, url } = await openTestServer({}, { ways: { identify } })
    expect((await fetch(url('/events'))).status).toBe(403)
    expect(hub.stats().connections).toBe(0)
  })

  test('streams to who the request showed himself to be', async () => {
    const supervisor = { ...openIdentity, user: 'salma', roles: ['supervisor'] }
    const shown: object[] = []
    const identify = async (credentials: object) => {
      shown.push(credentials)
      return supervisor
    }
    const { hub, url } = await openTestServer({}, { ways: { identify } })
    const client = await openSseClient(url('/events?ticket=once'), { authorization: 'Bearer key' })
    await client.next('registered')
    hub.publish({ events: [eventOf(1, 1, { roles: ['supervisor'] })], cursor: checkpointAt(1) })
    await client.next('INSERT')
    const credentials = {
      authorization: 'Bearer key',
      subprotocol: null,
      ticket: 'once',
      token: null,
      address: '127.0.0.1',
    }
    expect(shown).toEqual([credentials])
  })

  test('keeps a quiet stream alive', async () => {
    const { url } = await openTestServer({}, { ways: { keepAliveMs: 10 } })
    const client = await openSseClient(url('/events'))
    await waitFor(() => client.text.includes('\n:\n\n:\n\n'))
  })

  test('tells a browser how long to wait before it comes back', async () => {
    const { hub, url } = await openTestServer()
    const client = await openSseClient(url('/events'))
    await client.next('registered')
    await hub.close('restart')
    await waitFor(() => client.isClosed)
    expect(client.retryMs).toBe(2_500)
  })

  test('forgets a client that is gone', async () => {
    const { hub, url } = await openTestServer()
    const client = await openSseClient(url('/events'))
    await client.next('registered')
    client.vanish()
    await waitFor(() => hub.stats().connections === 0 && hub.stats().profiles === 0)
  })

  test('ends a stream that could not begin, and says why', async () => {
    const { url } = await openTestServer({ with: { maxRooms: 1 } })
    const client = await openSseClient(url('/events?rooms=a,b'))
    expect(JSON.parse((await client.next('error')).data)).toMatchObject({ code: 'RTB_ROOM_LIMIT' })
    await waitFor(() => client.isClosed)
  })

  test('cuts a client that takes nothing for too long', async () => {
    const bulk = 'x'.repeat(500_000)
    const makeEvent = (nth: number, tx: number) => eventOf(nth, tx, { data: `"${bulk}"` })
    const sizes = Array.from({ length: 40 }, () => 1)
    const { hub, history, clock, url } = await openTestServer({ sizes, makeEvent })
    const client = await openSseClient(url('/events'))
    await client.next('registered')
    client.answer.pause()
    for (let at = 0; at < sizes.length; at++)
      for (const batch of history.pieces(at, at + 1)) hub.publish(batch)
    await waitFor(() => hub.stats().queuedBytes > 0)
    for (let i = 0; i < 10; i++) clock.advance(5_000)
    expect(hub.stats().counters.stalled).toBe(1)
    await waitFor(() => hub.stats().connections === 0)
  })

  test.each(['POST', 'PUT', 'DELETE', 'HEAD'])('does not answer %s', async method => {
    const { url } = await openTestServer()
    const answer = await fetch(url('/events'), { method })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET'])
  })

  test('serves a client of HTTP/1.0, which knows no chunks', async () => {
    const { server } = await openTestServer()
    let text = ''
    const socket = connect(server.port, '127.0.0.1', () =>
      socket.write('GET /events HTTP/1.0\r\nHost: localhost\r\n\r\n'),
    )
    socket.on('data', part => {
      text += part
    })
    await waitFor(() => text.includes('event: registered\n'))
    expect(text.toLowerCase()).not.toContain('transfer-encoding')
    socket.destroy()
  })
})
