import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { loadConfig } from '../../src/config/load-config.ts'
import { startDaemon } from '../../src/daemon.ts'
import { createLogger } from '../../src/logging.ts'
import type { HubMessage } from '../../src/protocol/messages.ts'
import type { HttpServer } from '../../src/transports/http-server.ts'
import { openHttpServer } from '../../src/transports/http-server.ts'
import type { ContractClient } from '../contract/transport-contract.ts'
import { describeTransport } from '../contract/transport-contract.ts'
import { checkpointAt } from '../hub/memory-history.ts'
import type { TestHub } from '../hub/open-test-hub.ts'
import { message, openTestHub } from '../hub/open-test-hub.ts'
import { testDoorLimits } from '../support/door-limits.ts'
import { waitFor } from '../support/wait-for.ts'

const limits = {
  ...testDoorLimits,
  maxFrameBytes: 1_000,
  heartbeatMs: 50,
  idleMs: 100,
  closeWithinMs: 200,
}

interface OpenOptions {
  readonly port?: number
  readonly ready?: boolean
  readonly handshakeMs?: number
}

interface TestClient extends ContractClient {
  readonly socket: WebSocket
}

async function openClient(port: number, path = '/', options = {}): Promise<TestClient> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, options)
  const received: HubMessage[] = []
  let closed: ContractClient['closed'] = null
  socket.on('message', data => received.push(JSON.parse(data.toString())))
  socket.on('close', (code, reason) => {
    closed = { code, reason: reason.toString() }
  })
  await new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  socket.on('error', () => {})
  return {
    socket,
    received,
    send: text => socket.send(text),
    get closed() {
      return closed
    },
    vanish: () => socket.terminate(),
  }
}

const open = (
  testHub: TestHub['hub'],
  { port = 0, ready = true, handshakeMs = limits.handshakeMs }: OpenOptions = {},
) =>
  openHttpServer({
    host: '127.0.0.1',
    port,
    hub: testHub,
    health: () => ({ ready, body: { verdict: ready ? 'live' : 'stale' } }),
    metrics: async () => ({ contentType: 'text/plain', text: '' }),
    limits: { ...limits, handshakeMs },
    hostname: 'desk',
    tls: null,
    audit: () => {},
    onCertificate: () => {},
    onError: error => {
      throw error
    },
  })

describeTransport('WebSocket', async hub => {
  const server = await open(hub)
  return { connect: () => openClient(server.port), close: () => server.close() }
})

describe('the HTTP server', () => {
  let testHub: TestHub
  let server: HttpServer

  beforeEach(async () => {
    testHub = openTestHub()
    testHub.hub.start(checkpointAt(0))
    server = await open(testHub.hub)
  })
  afterEach(async () => {
    await testHub.hub.close()
    await server.close()
  })

  const url = (path: string) => `http://127.0.0.1:${server.port}${path}`
  const raw = (text: string, { port } = server) =>
    new Promise<string>(resolve => {
      let answer = ''
      const socket = connect(port, '127.0.0.1', () => socket.write(text))
      socket.on('data', data => {
        answer += data
      })
      socket.on('error', () => {})
      socket.on('close', () => resolve(answer))
    })

  test.each(['/', '/ws', '/ws?a=b'])('opens WebSockets on %s', async path => {
    const client = await openClient(server.port, path)
    client.send(message('ping'))
    await waitFor(() => client.received.length === 1)
    client.vanish()
  })

  test('answers an upgrade on another path with 404', async () => {
    await expect(openClient(server.port, '/other')).rejects.toThrow('404')
  })

  test('answers health, and problems as RFC 9457 documents', async () => {
    expect(await (await fetch(url('/livez'))).json()).toEqual({ status: 'ok' })
    expect(await (await fetch(url('/readyz'))).json()).toEqual({ status: 'ready' })
    expect(await (await fetch(url('/health'))).json()).toEqual({ verdict: 'live' })
    const missing = await fetch(url('/nothing'))
    expect(missing.status).toBe(404)
    expect(missing.headers.get('content-type')).toBe('application/problem+json')
    expect(await missing.json()).toMatchObject({ title: 'Not Found', status: 404 })
    expect((await fetch(url('/livez'), { method: 'POST' })).headers.get('allow')).toBe('GET, HEAD')
  })

  test('is not ready while the hub is not', async () => {
    const stale = await open(testHub.hub, { ready: false })
    const ready = await fetch(`http://127.0.0.1:${stale.port}/readyz`)
    expect(ready.status).toBe(503)
    expect((await fetch(`http://127.0.0.1:${stale.port}/livez`)).status).toBe(200)
    await stale.close()
  })

  test('tells who sends too much, then closes with 1009', async () => {
    const client = await openClient(server.port)
    client.send(message('ping', { padding: 'x'.repeat(1_200) }))
    const closed = await waitFor(() => client.closed)
    expect(closed.code).toBe(1009)
    expect(closed.reason).toContain('RTB_FRAME_TOO_LARGE')
    expect(client.received[0]?.data).toMatchObject({ code: 'RTB_FRAME_TOO_LARGE' })
  })

  test('closes with 1009 for a frame that is far too large, and keeps serving', async () => {
    const client = await openClient(server.port)
    client.send('x'.repeat(100_000))
    expect((await waitFor(() => client.closed)).code).toBe(1009)
    expect((await fetch(url('/livez'))).status).toBe(200)
  })

  test('answers binary frames with an error', async () => {
    const client = await openClient(server.port)
    client.socket.send(Buffer.from('{}'))
    await waitFor(() => client.received.length === 1)
    expect(client.received[0]?.data).toMatchObject({ code: 'RTB_FRAME_BINARY' })
    client.vanish()
  })

  test('survives broken frames, resets and garbage instead of HTTP', async () => {
    const upgrade =
      'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
    const unmasked = await raw(`${upgrade}\u0081\u0005hello`)
    expect(unmasked).toContain('101 Switching Protocols')
    expect(await raw('garbage\r\n\r\n')).toMatch(/400 Bad Request[\s\S]*RTB_REQUEST_MALFORMED/)
    expect(await raw(upgrade.replace('dGhlIHNhbXBsZSBub25jZQ==', 'bad'))).toContain('400')
    const socket = connect(server.port, '127.0.0.1', () => {
      socket.write(upgrade)
      socket.resetAndDestroy()
    })
    expect((await fetch(url('/livez'))).status).toBe(200)
    await waitFor(() => testHub.hub.stats().connections === 0)
  })

  test('drops a handshake that does not come to its end', async () => {
    const impatient = await open(testHub.hub, { handshakeMs: 400 })
    const answer = await raw('GET / HTTP/1.1\r\nHost: localhost\r\n', impatient)
    expect(answer).toMatch(/ 408 [\s\S]*RTB_REQUEST_TIMEOUT/)
    await impatient.close()
  })

  test('cuts a client that answers no ping', async () => {
    const client = await openClient(server.port, '/', { autoPong: false })
    await waitFor(() => testHub.hub.stats().connections === 1)
    const closed = await waitFor(() => client.closed)
    expect(closed.code).toBe(4009)
    expect(closed.reason).toContain('RTB_LIMIT_IDLE')
    await waitFor(() => testHub.hub.stats().connections === 0)
    expect(server.door.refused).toMatchObject({ RTB_LIMIT_IDLE: 1 })
  })

  test('names a port that is in use', async () => {
    await expect(open(testHub.hub, { port: server.port })).rejects.toMatchObject({
      code: 'RTB_HUB_PORT_IN_USE',
      hint: expect.stringContaining('hub.port'),
    })
  })

  test('names an address that is not of this machine', async () => {
    const flags = { 'hub.host': '10.255.255.254', 'auth.mode': 'open' }
    const { config } = loadConfig({ env: {}, cwd: '/', flags })
    const logger = createLogger('silent')
    await expect(startDaemon({ config, logger })).rejects.toMatchObject({ code: 'RTB_HUB_ADDRESS' })
  })

  test('closes although a client never answers the goodbye', async () => {
    const client = await openClient(server.port)
    client.socket.pause()
    const half = connect(server.port, '127.0.0.1')
    half.on('error', () => {})
    await new Promise(resolve => half.once('connect', resolve))
    await server.close()
    client.vanish()
    half.destroy()
  })
})
