import { request } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { type OpenDoor, openDoor } from '../../support/open-door.ts'
import { openRawSocket } from '../../support/raw-socket.ts'
import { waitFor } from '../../support/wait-for.ts'

interface Answer {
  readonly status: number
  readonly type: string | undefined
  readonly body: Readonly<Record<string, unknown>>
}

/** `fetch` may not choose these headers; each request takes a connection of its own. */
function ask({ server }: OpenDoor, path: string, headers: Readonly<Record<string, string>> = {}) {
  return new Promise<Answer>((resolve, reject) => {
    const options = { port: server.port, host: '127.0.0.1', path, headers, agent: false }
    const asked = request(options, answer => {
      let text = ''
      answer.on('data', chunk => {
        text += chunk
      })
      answer.on('end', () => {
        resolve({
          status: answer.statusCode ?? 0,
          type: answer.headers['content-type'],
          body: JSON.parse(text),
        })
      })
    })
    asked.on('error', reject).end()
  })
}

/** The status that a WebSocket is refused with; 101 when it is open. */
function upgrade({ server }: OpenDoor, headers: Readonly<Record<string, string>> = {}) {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/`, { headers })
  onTestFinished(() => socket.terminate())
  return new Promise<number>((resolve, reject) => {
    socket.on('open', () => resolve(101))
    socket.on('unexpected-response', (sent, answer) => {
      resolve(answer.statusCode ?? 0)
      answer.resume()
      sent.destroy()
    })
    socket.on('error', reject)
  })
}

describe('the front door', () => {
  test('refuses other names, origins and addresses with a problem document, upgrades as well as requests', async () => {
    const door = await openDoor()
    const cases = [
      [{ host: 'rebind.example' }, 421, 'RTB_HOST_DENIED'],
      [{ origin: 'https://evil.example' }, 403, 'RTB_ORIGIN_DENIED'],
    ] as const
    for (const [headers, status, code] of cases) {
      const answer = await ask(door, '/livez', headers)
      expect(answer).toMatchObject({ status, type: 'application/problem+json', body: { status, code } })
      expect(answer.body['hint']).toContain('hub.allow_')
      expect(await upgrade(door, headers)).toBe(status)
    }
    expect(door.server.door.refused).toEqual({ RTB_HOST_DENIED: 2, RTB_ORIGIN_DENIED: 2 })
    const strict = await openDoor({ allowAddresses: ['192.0.2.0/24'] })
    expect(await ask(strict, '/livez')).toMatchObject({ status: 403, body: { code: 'RTB_ADDRESS_DENIED' } })
    expect(await upgrade(strict)).toBe(403)
    expect(strict.testHub.hub.stats().counters.connectionsOpened).toBe(0)
  })

  test('audits whom it denied, without the query of the address', async () => {
    const door = await openDoor()
    await ask(door, '/events?token=secret', { origin: 'https://evil.example' })
    expect(door.audited).toEqual([
      {
        action: 'denied',
        user: null,
        connection: null,
        address: '127.0.0.1',
        code: 'RTB_ORIGIN_DENIED',
        subject: '/events',
      },
    ])
  })

  test('audits a flood of denials in part only, and counts all of it', async () => {
    const door = await openDoor()
    for (let i = 0; i < 30; i++) await ask(door, '/', { host: 'x' })
    expect(door.server.door.refused).toMatchObject({ RTB_HOST_DENIED: 30 })
    expect(door.audited.length).toBeLessThan(30)
  })

  test('shows what a client sent without what would steer a terminal', async () => {
    const door = await openDoor()
    const { body } = await ask(door, '/', { origin: 'https://a\u009b31m' })
    expect(body['detail']).toBe('pages of "https://a\\u009b31m" may not connect to this hub')
  })

  test('takes so many connections of one address and no more, until one is closed', async () => {
    const door = await openDoor({ connectionsPerAddress: 3 })
    const held = [await openRawSocket(door.server.port), await openRawSocket(door.server.port)]
    await waitFor(() => door.server.door.connections === 2)
    expect((await ask(door, '/livez')).status).toBe(200)
    held.push(await openRawSocket(door.server.port))
    await waitFor(() => door.server.door.connections === 3)
    const refused = await ask(door, '/livez')
    expect(refused).toMatchObject({ status: 429, body: { code: 'RTB_LIMIT_ADDRESS_CONNECTIONS' } })
    held[0]?.socket.destroy()
    await waitFor(() => door.server.door.connections === 2)
    expect((await ask(door, '/livez')).status).toBe(200)
  })

  test('takes so many connections in total and no more', async () => {
    const door = await openDoor({ connections: 2 })
    expect(await upgrade(door)).toBe(101)
    expect(await upgrade(door)).toBe(101)
    expect(await upgrade(door)).toBe(503)
    expect(door.server.door.refused).toEqual({ RTB_LIMIT_CONNECTIONS: 1 })
  })

  test('takes so many new connections a second, ten seconds of them at once', async () => {
    const door = await openDoor({ handshakesPerSecondPerAddress: 1 })
    const statuses = []
    for (let i = 0; i < 14; i++) statuses.push((await ask(door, '/livez')).status)
    expect(statuses.slice(0, 10)).toEqual(new Array(10).fill(200))
    expect(statuses).toContain(429)
    const total = await openDoor({ handshakesPerSecond: 1, sharedAddresses: ['loopback'] })
    const others = []
    for (let i = 0; i < 14; i++) others.push((await ask(total, '/livez')).status)
    expect(others).toContain(429)
  })

  test('takes so many requests a second on one connection', async () => {
    const door = await openDoor({ messagesPerSecond: 1 })
    const raw = await openRawSocket(door.server.port)
    raw.socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(20))
    await raw.ends()
    expect(raw.received.split('200 OK').length - 1).toBe(10)
    expect(raw.received).toMatch(/429 Too Many Requests[\s\S]*RTB_LIMIT_REQUESTS/)
  })

  test('does not count addresses that stand for many clients', async () => {
    const door = await openDoor({
      sharedAddresses: ['loopback'],
      connectionsPerAddress: 1,
      handshakesPerSecondPerAddress: 1,
    })
    for (let i = 0; i < 15; i++) expect(await upgrade(door)).toBe(101)
  })

  test('cuts the oldest of those that have sent no request when there are too many of them', async () => {
    const door = await openDoor({ halfOpen: 3 })
    const first = await openRawSocket(door.server.port)
    for (let i = 0; i < 3; i++) await openRawSocket(door.server.port)
    await first.ends()
    expect(door.server.door).toMatchObject({ half_open: 3, half_open_cut: 1 })
    expect(await upgrade(door)).toBe(101)
  })
})
