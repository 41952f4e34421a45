import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { isAdminOrLocal } from '../../../src/access/identify.ts'
import { openIdentity } from '../../../src/access/identity.ts'
import type { AuditRecord } from '../../../src/domain/audit.ts'
import { rtbridgeError } from '../../../src/domain/errors/registry.ts'
import { checkpointAt, eventOf } from '../../hub/memory-history.ts'
import { testDoorLimits } from '../../support/door-limits.ts'
import { openTestServer } from '../../support/open-test-server.ts'
import { openSseClient } from '../../support/sse-client.ts'
import { TokenTable } from '../../support/token-table.ts'

const json = { 'content-type': 'application/json' }
const post = (body: unknown, headers: Readonly<Record<string, string>> = json) => ({
  method: 'POST',
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
})
const salma = { ...openIdentity, user: 'salma', roles: ['clerk'] }

interface Page {
  readonly events: readonly { readonly event_id: string }[]
  readonly cursor: string
  readonly more: boolean
}

async function read<Body>(url: string): Promise<Body> {
  return (await (await fetch(url)).json()) as Body
}

async function problemOf(answer: Response) {
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  const problem = (await answer.json()) as { code: string; status: number; hint: string; detail: string }
  expect(problem.status).toBe(answer.status)
  expect(problem.hint).not.toBe('')
  return problem
}

describe('POST /api/publish', () => {
  test('sends a signal to who is connected, and tells its id', async () => {
    const { url } = await openTestServer()
    const client = await openSseClient(url('/events'))
    await client.next('registered')
    const answer = await fetch(url('/api/publish'), post({ event_type: 'TYPING', data: { by: 1 } }))
    expect(answer.status).toBe(202)
    const { event_id } = (await answer.json()) as { event_id: string }
    const event = JSON.parse((await client.next('TYPING')).data)
    expect(event).toMatchObject({ event_id, data: { by: 1 }, origin: 'api', seq: null })
  })

  test('stores a durable event, and tells the id that it will come with', async () => {
    const stored: object[] = []
    const publishDurable = async (event: object) => String(41 + stored.push(event))
    const { url } = await openTestServer({ publishDurable })
    const body = { event_type: 'NOTE', durable: true, room: 'sfax' }
    const answer = await fetch(url('/api/publish'), post(body))
    expect(await answer.json()).toEqual({ event_id: '00000000-42' })
    expect(stored).toEqual([{ eventType: 'NOTE', data: 'null', room: 'sfax', origin: 'api' }])
  })

  test('stores an event with a key of the sender, whom it knows by user, by client_id or by address', async () => {
    const stored: { once?: unknown }[] = []
    const publishDurable = async (event: object) => String(stored.push(event))
    const { url } = await openTestServer({ publishDurable })
    const signedIn = await openTestServer({ publishDurable }, { ways: { identify: async () => salma } })
    const body = { event_type: 'NOTE', durable: true, idempotency_key: 'k' }
    await fetch(url('/api/publish'), post(body))
    await fetch(url('/api/publish'), post({ ...body, client_id: 'desk' }))
    await fetch(signedIn.url('/api/publish'), post({ ...body, client_id: 'desk' }))
    expect(stored.map(({ once }) => once)).toEqual([
      { sender: '["address",null,"127.0.0.1"]', key: 'k' },
      { sender: '["client",null,"desk"]', key: 'k' },
      { sender: JSON.stringify(['user', salma.tenant, salma.user]), key: 'k' },
    ])
  })

  test.each([
    [post('{"event_type":"A"}', { 'content-type': 'text/plain' }), 415, 'RTB_HTTP_MEDIA_TYPE'],
    [post('{"event_type":'), 400, 'RTB_HTTP_BODY'],
    [post('['.repeat(100)), 400, 'RTB_HTTP_BODY'],
    [post({ event_typ: 'A' }), 400, 'RTB_HTTP_BODY'],
    [post({ event_type: '1', durable: true }), 400, 'RTB_HTTP_BODY'],
    [post({ event_type: 'A', idempotency_key: 'k' }), 400, 'RTB_HTTP_BODY'],
    [post({}), 400, 'RTB_HTTP_BODY'],
    [{ method: 'POST' }, 400, 'RTB_HTTP_BODY'],
    [post({ event_type: 'A', data: 'x'.repeat(70_000) }), 413, 'RTB_HTTP_BODY_SIZE'],
    [post({ event_type: 'INSERT' }), 400, 'RTB_CUSTOM_EVENT_RESERVED'],
    [post({ event_type: 'A', durable: true }), 503, 'RTB_CUSTOM_EVENT_DURABLE'],
    [{ method: 'DELETE' }, 405, 'RTB_HTTP_METHOD'],
  ])('answers %# with a problem', async (request, status, code) => {
    const { url, failures } = await openTestServer()
    const problem = await problemOf(await fetch(url('/api/publish'), request))
    expect([problem.status, problem.code]).toEqual([status, code])
    expect(failures).toEqual([])
  })

  test('is silent about a client that breaks off in the middle of a body', async () => {
    const { server, url, failures } = await openTestServer()
    const socket = connect(server.port, '127.0.0.1')
    const head =
      'POST /api/publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n'
    await new Promise(resolve => socket.once('connect', resolve))
    socket.write(`${head}{"event_type":`)
    // Answered after it, so the beginning of the body has arrived.
    await fetch(url('/livez'))
    socket.resetAndDestroy()
    await fetch(url('/livez'))
    await fetch(url('/api/stats'))
    expect(failures).toEqual([])
  })

  test('sends nothing in the name of somebody whose token was taken back while the body came in', async () => {
    const authenticator = new TokenTable()
    const identify = async () => ({ ...salma, credential: 'key:salma' })
    const { url, hub } = await openTestServer({ authenticator }, { ways: { identify } })
    const parts = ['{"event_type":', '"A"}'].map(part => new TextEncoder().encode(part))
    const body = new ReadableStream({
      pull(controller) {
        const part = parts.shift()
        if (part === undefined) return controller.close()
        if (parts.length === 0) authenticator.revoke('salma')
        controller.enqueue(part)
      },
    })
    const request = { method: 'POST', headers: json, body, duplex: 'half' } as RequestInit
    const problem = await problemOf(await fetch(url('/api/publish'), request))
    expect(problem).toMatchObject({ code: 'RTB_AUTH_REVOKED', status: 401 })
    expect(hub.stats().counters.signals).toBe(0)
  })

  test('stops reading a body that does not say how long it is', async () => {
    const { url } = await openTestServer()
    const body = new ReadableStream({
      pull: controller => controller.enqueue(new TextEncoder().encode('x'.repeat(10_000))),
    })
    const request = { method: 'POST', headers: json, body, duplex: 'half' } as RequestInit
    const outcome = await fetch(url('/api/publish'), request).then(
      answer => answer.status,
      () => 'cut',
    )
    expect([413, 'cut']).toContain(outcome)
  })

  test('bounds how often somebody sends signals, whatever he sends them over', async () => {
    const { url } = await openTestServer({ with: { signalsPerSecond: 1, signalBurst: 2 } })
    const codes: unknown[] = []
    for (let nth = 0; nth < 3; nth++) {
      const answer = await fetch(url('/api/publish'), post({ event_type: 'TYPING' }))
      codes.push(answer.ok ? 'sent' : (await problemOf(answer)).code)
    }
    expect(codes).toEqual(['sent', 'sent', 'RTB_SIGNAL_RATE'])
  })

  test('does not let somebody publish what he may not, and records that', async () => {
    const audit: AuditRecord[] = []
    const access = {
      keyOf: () => '',
      see: () => 'all' as const,
      viewTable: () => null,
      mayPublish: () => false,
      mayJoin: () => Promise.resolve(false),
      roomsOf: () => [],
    }
    const { url } = await openTestServer({ access, audit: record => audit.push(record) })
    const problem = await problemOf(await fetch(url('/api/publish'), post({ event_type: 'A' })))
    expect(problem).toMatchObject({ code: 'RTB_PUBLISH_DENIED', status: 403 })
    expect(audit).toMatchObject([{ action: 'denied', code: 'RTB_PUBLISH_DENIED', subject: 'A', user: null }])
    const rooms = await problemOf(await fetch(url('/api/events?rooms=secret')))
    expect(rooms.code).toBe('RTB_ROOM_DENIED')
  })

  test('lets somebody send to a room, read of it and see who is in it only if he may be in it', async () => {
    const access = {
      keyOf: () => '',
      see: () => 'all' as const,
      viewTable: () => null,
      mayPublish: () => true,
      mayJoin: async (_identity: object, room: string) => room === 'open',
      roomsOf: () => ['role:clerk'],
    }
    const { url } = await openTestServer({ access })
    const statusOf = async (room: string) => [
      (await fetch(url('/api/publish'), post({ event_type: 'A', room }))).status,
      (await fetch(url(`/api/events?rooms=${room}`))).status,
      (await fetch(url(`/api/presence?room=${room}`))).status,
    ]
    expect(await statusOf('open')).toEqual([202, 200, 200])
    expect(await statusOf('role:clerk')).toEqual([202, 200, 200])
    expect(await statusOf('secret')).toEqual([403, 403, 403])
  })

  test('keeps to itself why something could not be stored', async () => {
    const publishDurable = () => Promise.reject(new Error('password of admin: hunter2'))
    const { url, failures } = await openTestServer({ publishDurable })
    const answer = await fetch(url('/api/publish'), post({ event_type: 'A', durable: true }))
    expect(JSON.stringify(await problemOf(answer))).not.toContain('hunter2')
    expect(failures).toMatchObject([{ code: 'RTB_CUSTOM_EVENT_FAILED' }])
  })

  test('says when an event that could not be stored may be sent again', async () => {
    const lost = rtbridgeError('RTB_DATABASE_LOST', { detail: 'gone' })
    const { url } = await openTestServer({ publishDurable: () => Promise.reject(lost) })
    const answer = await fetch(url('/api/publish'), post({ event_type: 'A', durable: true }))
    expect(await problemOf(answer)).toMatchObject({ code: 'RTB_CUSTOM_EVENT_FAILED', retry_ms: 1_000 })
  })
})

describe('GET /api/events', () => {
  test('gives pages of the past with the text of PostgreSQL, and says where the next begins', async () => {
    const data = '{"price": 10.10, "big": 9007199254740993}'
    const makeEvent = (nth: number, tx: number) => eventOf(nth, tx, { data })
    const { hub, history, url } = await openTestServer({ sizes: [5], makeEvent, pieceSize: 10 })
    for (const batch of history.pieces(0, 1)) hub.publish(batch)
    const text = await (await fetch(url('/api/events?limit=3'))).text()
    expect(text).toContain(data)
    const page = JSON.parse(text) as Page
    expect([page.events.length, page.more]).toEqual([3, true])
    const rest = await read<Page>(url(`/api/events?cursor=${page.cursor}`))
    expect(rest.events.map(event => event.event_id)).toEqual(['e4', 'e5'])
    expect(rest.more).toBe(false)
    const now = await (await fetch(url('/api/events?cursor=now'))).json()
    expect(now).toEqual({ events: [], cursor: rest.cursor, more: false, unfinished: 0 })
  })

  test('shows everybody what he may see, and nothing else', async () => {
    const { hub, url } = await openTestServer({}, { ways: { identify: async () => salma } })
    const events = [eventOf(1, 1, { roles: ['clerk'] }), eventOf(2, 1, { roles: ['supervisor'] })]
    hub.publish({ events: [...events, eventOf(3, 1, { rooms: ['sfax'] })], cursor: checkpointAt(1) })
    const idsOf = async (query: string) => {
      const { events: found } = await read<Page>(url(`/api/events?${query}`))
      return found.map(event => event.event_id)
    }
    expect(await idsOf('')).toEqual(['e1'])
    expect(await idsOf('rooms=sfax')).toEqual(['e3'])
  })

  test.each(['RTB_AUTH_REVOKED', 'RTB_AUTH_EXPIRED'])(
    'shows nothing when the sign-in ends while it is read: %s',
    async code => {
      const authenticator = new TokenTable()
      const ann = { ...salma, credential: 'key:salma', expiresAt: Date.UTC(2026, 0, 1) + 1_000 }
      const { hub, clock, history, url } = await openTestServer(
        { authenticator, sizes: [1], with: { tailBytes: 0 } },
        { ways: { identify: async () => ann } },
      )
      const { cursor } = await read<Page>(url('/api/events?cursor=now'))
      for (const batch of history.pieces(0, 1)) hub.publish(batch)
      history.beforeBatch = async () => {
        if (code === 'RTB_AUTH_REVOKED') authenticator.revoke('salma')
        else clock.advance(1_000)
      }
      const problem = await problemOf(await fetch(url(`/api/events?cursor=${cursor}`)))
      expect(problem).toMatchObject({ code, status: 401 })
    },
  )

  test('says gap with a cursor to go on from', async () => {
    const { hub, history, url } = await openTestServer({ sizes: [1, 1, 1], with: { tailBytes: 0 } })
    const { cursor } = await read<Page>(url('/api/events?cursor=now'))
    for (const batch of history.pieces(0, 3)) hub.publish(batch)
    history.oldest = 2
    const answer = await fetch(url(`/api/events?cursor=${cursor}`))
    const problem = await problemOf(answer)
    const present = hub.stats().cursor
    expect(problem).toMatchObject({
      status: 410,
      code: 'RTB_CURSOR_GAP',
      reason: 'retention',
      cursor: present,
    })
  })

  test.each([
    ['cursor=nonsense', 'RTB_CURSOR_UNREADABLE'],
    ['limit=0', 'RTB_QUERY_INVALID'],
    ['limit=1001', 'RTB_QUERY_INVALID'],
    ['conflate_ms=100', 'RTB_QUERY_UNKNOWN'],
    ['where=1%20%2B', 'RTB_SUBSCRIPTION_WHERE'],
  ])('answers ?%s with a problem', async (query, code) => {
    const { url } = await openTestServer()
    expect(await problemOf(await fetch(url(`/api/events?${query}`)))).toMatchObject({ status: 400, code })
  })

  test('answers 503 while the hub has no database', async () => {
    const { hub, url } = await openTestServer()
    hub.setStale('RTB_DATABASE_LOST')
    expect(await problemOf(await fetch(url('/api/events')))).toMatchObject({
      status: 503,
      code: 'RTB_HUB_NOT_READY',
    })
  })
})

describe('what the API tells of the hub', () => {
  test('lists connections to admins only, and records who asked', async () => {
    const audit: AuditRecord[] = []
    let identity = salma
    const identify = async () => identity
    const { url } = await openTestServer({}, { ways: { identify, audit: record => audit.push(record) } })
    const client = await openSseClient(url('/events?client_id=desk&app_name=Desk%203&rooms=sfax'))
    await client.next('registered')
    const refused = await problemOf(await fetch(url('/api/connections')))
    expect(refused).toMatchObject({ status: 403, code: 'RTB_HTTP_ADMIN' })
    identity = { ...salma, roles: ['admin'] }
    const { connections } = await read<{ connections: object[] }>(url('/api/connections'))
    expect(connections).toMatchObject([
      { client_id: 'desk', app_name: 'Desk 3', address: '127.0.0.1', transport: 'sse', rooms: ['sfax'] },
    ])
    expect(audit.map(({ action, subject }) => [action, subject])).toEqual([
      ['denied', '/api/connections'],
      ['admin', '/api/connections'],
    ])
  })

  test('takes who sits at the machine of an open hub for an admin, and nobody from elsewhere', () => {
    expect(isAdminOrLocal(openIdentity, '127.0.0.1')).toBe(true)
    expect(isAdminOrLocal(openIdentity, '::ffff:127.0.0.1')).toBe(true)
    expect(isAdminOrLocal(openIdentity, '192.168.1.7')).toBe(false)
    expect(isAdminOrLocal(openIdentity, '127.0.0.1.evil.example')).toBe(false)
    expect(isAdminOrLocal(salma, '127.0.0.1')).toBe(false)
    expect(isAdminOrLocal({ ...salma, roles: ['admin'] }, '192.168.1.7')).toBe(true)
  })

  test('counts rooms and who is present, each client once', async () => {
    const { url } = await openTestServer()
    for (const query of ['client_id=a&rooms=sfax', 'client_id=a', 'client_id=b&rooms=sfax,tunis']) {
      await (await openSseClient(url(`/events?${query}`))).next('registered')
    }
    const { rooms } = await read<{ rooms: object[] }>(url('/api/rooms'))
    expect(rooms).toEqual([
      { room: 'sfax', members: 2 },
      { room: 'tunis', members: 1 },
    ])
    const namesIn = async (query: string) => {
      const { members, total } = await read<{ members: { client_id: string }[]; total: number }>(
        url(`/api/presence${query}`),
      )
      expect(total).toBe(members.length)
      return members.map(member => member.client_id)
    }
    expect(await namesIn('')).toEqual(['a', 'b'])
    expect(await namesIn('?room=tunis')).toEqual(['b'])
  })

  test('tells who signed in only of the rooms he is in without asking', async () => {
    const ways = { identify: async () => salma, roomsOf: () => ['role:clerk'] }
    const { url } = await openTestServer({}, { ways })
    await (await openSseClient(url('/events?rooms=order_17,role:clerk'))).next('registered')
    const { rooms } = await read<{ rooms: object[] }>(url('/api/rooms'))
    expect(rooms).toEqual([{ room: 'role:clerk', members: 1 }])
  })

  test('sends a test event through the journal, for admins', async () => {
    const stored: { eventType: string }[] = []
    const publishDurable = async (event: { eventType: string }) => String(stored.push(event))
    const { url } = await openTestServer({ publishDurable })
    const answer = await fetch(url('/api/test-event'), { method: 'POST' })
    expect([answer.status, await answer.json()]).toEqual([202, { event_id: '00000000-1' }])
    expect(stored.map(({ eventType }) => eventType)).toEqual(['RTBRIDGE_TEST'])
  })

  test('gives a ticket to who shows who he is, and says when there is none to give', async () => {
    const issueTicket = async ({ user }: { user: string | null }) => ({
      ticket: `for ${user}`,
      expiresAt: '2026-01-01T00:00:30.000Z',
    })
    const asking = await openTestServer({}, { ways: { identify: async () => salma, issueTicket } })
    const answer = await fetch(asking.url('/api/ticket'), { method: 'POST' })
    expect([answer.status, await answer.json()]).toEqual([
      201,
      { ticket: 'for salma', expires_at: '2026-01-01T00:00:30.000Z' },
    ])
    const open = await openTestServer()
    const refused = await problemOf(await fetch(open.url('/api/ticket'), { method: 'POST' }))
    expect(refused).toMatchObject({ status: 404, code: 'RTB_HTTP_TICKETS' })
  })

  test('counts', async () => {
    const { url } = await openTestServer()
    expect(await (await fetch(url('/api/stats'))).json()).toMatchObject({
      connections: 0,
      counters: { batches: 0 },
    })
  })

  test('lets nobody in whom it does not know, and answers no more than the code', async () => {
    const identify = () =>
      Promise.reject(rtbridgeError('RTB_INTERNAL', { part: 'keys' }, new Error('hunter2')))
    const { url, failures } = await openTestServer({}, { ways: { identify } })
    for (const path of ['/api/events', '/api/stats', '/api/rooms', '/api/presence', '/api/connections']) {
      const text = await (await fetch(url(path))).text()
      expect(JSON.parse(text)).toMatchObject({ status: 500, code: 'RTB_INTERNAL' })
      expect(text).not.toContain('hunter2')
    }
    expect(failures).toHaveLength(5)
  })
})

describe('the manners of the API', () => {
  test('answers HEAD without a body, OPTIONS with what is allowed, and other methods with 405', async () => {
    const { url } = await openTestServer()
    const head = await fetch(url('/api/stats'), { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    const options = await fetch(url('/api/stats'), { method: 'OPTIONS' })
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS'])
    const put = await fetch(url('/api/stats'), { method: 'PUT' })
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
  })

  test.each(['/api', '/api/', '/api/nothing', '/api/events/', '/nothing'])(
    'has nothing at %s',
    async path => {
      const { url } = await openTestServer()
      expect(await problemOf(await fetch(url(path)))).toMatchObject({
        status: 404,
        code: 'RTB_HTTP_NOT_FOUND',
      })
    },
  )

  test('refuses parameters that it does not know', async () => {
    const { url } = await openTestServer()
    expect((await problemOf(await fetch(url('/api/stats?verbose=1')))).code).toBe('RTB_QUERY_UNKNOWN')
  })

  test('says what speaks another protocol', async () => {
    const { url } = await openTestServer()
    expect(await problemOf(await fetch(url('/')))).toMatchObject({ status: 426, code: 'RTB_HTTP_UPGRADE' })
  })

  test('is guarded by what looks at requests first', async () => {
    const limits = { ...testDoorLimits, allowOrigins: ['none'] }
    const { url } = await openTestServer({}, { limits })
    for (const path of ['/livez', '/api/stats', '/events', '/openapi.json']) {
      const answer = await fetch(url(path), { headers: { origin: 'http://127.0.0.1:1' } })
      expect(await problemOf(answer)).toMatchObject({ status: 403, code: 'RTB_ORIGIN_DENIED' })
    }
  })
})
