import { expect, test } from 'vitest'
import { loadTimeoutMs, sized } from '../support/full-size.ts'
import { connectRawClient } from '../support/raw-client.ts'
import { openRawSocket } from '../support/raw-socket.ts'
import { waitFor } from '../support/wait-for.ts'
import { openAttackedHub } from './attacked-hub.ts'

const head = 'GET / HTTP/1.1\r\nHost: localhost\r\n'

test('a handshake that drips in is ended by its time, however steadily it drips', async () => {
  const hub = await openAttackedHub('limits: { handshake_timeout: 1s }')
  const raw = await openRawSocket(hub.port)
  raw.socket.write(head)
  const drip = setInterval(() => raw.isClosed || raw.socket.write('X'), 20)
  await raw.ends().finally(() => clearInterval(drip))
  expect(raw.received).toMatch(/^HTTP\/1.1 408 [\s\S]*RTB_REQUEST_TIMEOUT/)
  expect(hub.refused()).toMatchObject({ RTB_REQUEST_TIMEOUT: 1 })
  await hub.expectToServe()
})

test('a body that never ends is ended by its time', async () => {
  const hub = await openAttackedHub('limits: { handshake_timeout: 1s }')
  const raw = await openRawSocket(hub.port)
  raw.socket.write('POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n')
  const drip = setInterval(() => raw.isClosed || raw.socket.write('X'), 20)
  await raw.ends().finally(() => clearInterval(drip))
  await hub.expectToServe()
})

test('a head of many or long lines is refused with its limit', async () => {
  const hub = await openAttackedHub()
  const raw = await openRawSocket(hub.port)
  raw.socket.write(`${head}${'X-A: 1\r\n'.repeat(5_000)}\r\n`)
  await raw.ends()
  expect(raw.received).toMatch(/^HTTP\/1.1 431 [\s\S]*RTB_REQUEST_HEAD_TOO_LARGE/)
  await hub.expectToServe()
})

test('thousands of half-open upgrades leave room for apps', { timeout: loadTimeoutMs }, async () => {
  const count = sized({ normal: 1_000, full: 10_000 })
  const hub = await openAttackedHub('limits: { half_open: 200, handshakes: 10000 }')
  for (let i = 0; i < count; i += 100) {
    const opened = await Promise.all(Array.from({ length: 100 }, () => openRawSocket(hub.port)))
    for (const { socket } of opened) socket.write(`${head}Upgrade: websocket\r\n`)
  }
  const door = () => hub.daemon.status().door as unknown as Readonly<Record<string, number>>
  await waitFor(() => (door()['half_open_cut'] ?? 0) >= count - 201, { timeoutMs: 60_000 })
  expect(door()['half_open']).toBeLessThanOrEqual(200)
  const client = await hub.register()
  expect(client.closed).toBeNull()
  await hub.expectToServe()
})

test('a flood of connections from one address is refused, and apps of others still come in', async () => {
  // 127.0.0.2 is another machine of the office here.
  const hub = await openAttackedHub(
    'limits: { connections_per_address: 20, handshakes_per_address: 2, shared_addresses: [] }',
  )
  const flood = await Promise.all(Array.from({ length: 300 }, () => openRawSocket(hub.port)))
  for (const { socket } of flood) socket.write(`${head}\r\n`)
  await waitFor(() => flood.filter(({ received }) => received.includes('429')).length >= 280)
  const client = await connectRawClient(hub.url, { localAddress: '127.0.0.2' })
  client.send('register', { app_name: 'desk' })
  await client.next('registered')
  const refused = hub.refused()
  expect(
    (refused['RTB_LIMIT_ADDRESS_CONNECTIONS'] ?? 0) + (refused['RTB_LIMIT_HANDSHAKES'] ?? 0),
  ).toBeGreaterThan(270)
})
