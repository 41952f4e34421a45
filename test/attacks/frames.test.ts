import { deflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { connectRawClient } from '../support/raw-client.ts'
import { frame, openRawSocket, openRawWebSocket, type RawSocket } from '../support/raw-socket.ts'
import { waitFor } from '../support/wait-for.ts'
import { openAttackedHub } from './attacked-hub.ts'

/** Writes as fast as the hub takes it, until it ends the connection or all is written. */
async function pour(raw: RawSocket, bytes: Buffer, times: number): Promise<void> {
  for (let i = 0; i < times && !raw.isClosed; i++) {
    if (!raw.socket.write(bytes)) {
      await waitFor(() => raw.isClosed || !raw.socket.writableNeedDrain, { intervalMs: 1 })
    }
  }
}

test('a compressed bomb is not even unpacked: compression is never agreed to', async () => {
  const hub = await openAttackedHub()
  const raw = await openRawSocket(hub.port)
  raw.socket.write(
    'GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n',
  )
  await raw.receives(/^HTTP\/1.1 101 [\s\S]*\r\n\r\n/)
  expect(raw.received).not.toMatch(/Sec-WebSocket-Extensions/i)
  const before = process.memoryUsage().rss
  raw.socket.write(frame(deflateRawSync(Buffer.alloc(64 * 1024 * 1024)), { reserved: 4 }))
  await raw.ends()
  expect(process.memoryUsage().rss - before).toBeLessThan(48 * 1024 * 1024)
  await hub.expectToServe()
})

test('a million fragments of one byte end with the first few', async () => {
  const hub = await openAttackedHub()
  const raw = await openRawWebSocket(hub.port)
  const piece = frame('x', { opcode: 0, isLast: false })
  raw.socket.write(frame('"', { isLast: false }))
  await pour(raw, Buffer.concat(new Array(10_000).fill(piece)), 100)
  await raw.ends()
  await hub.expectToServe()
})

test('a message comes in as many pieces as configured, and in no more', async () => {
  const hub = await openAttackedHub('limits: { fragments: 4 }')
  const pieces = (count: number) => {
    const text = '{"message_type":"ping"}'
    const at = (i: number) => Math.floor((i * text.length) / count)
    return Buffer.concat(
      Array.from({ length: count }, (_, i) =>
        frame(text.slice(at(i), at(i + 1)), { opcode: i === 0 ? 1 : 0, isLast: i === count - 1 }),
      ),
    )
  }
  const raw = await openRawWebSocket(hub.port)
  raw.socket.write(pieces(4))
  await raw.receives(/"pong"/)
  raw.socket.write(pieces(5))
  await raw.ends()
})

test('as many pings as may come at once are answered, all of them', async () => {
  const hub = await openAttackedHub()
  const raw = await openRawWebSocket(hub.port)
  raw.socket.write(Buffer.concat(Array.from({ length: 99 }, () => frame('ab', { opcode: 9 }))))
  await waitFor(() => raw.received.split('\x8a\x02ab').length === 100)
  expect(raw.isClosed).toBe(false)
})

test('a flood of pings is ended with a reason and a close code that means retry', async () => {
  const hub = await openAttackedHub()
  const client = await connectRawClient(hub.url)
  for (let i = 0; i < 150; i++) client.socket.ping('x')
  expect((await client.next('error')).data).toMatchObject({ code: 'RTB_LIMIT_CONTROL_FRAMES' })
  const closed = await waitFor(() => client.closed)
  expect(closed).toMatchObject({ code: 4008, reason: expect.stringContaining('RTB_LIMIT_CONTROL_FRAMES') })
  expect(hub.refused()).toMatchObject({ RTB_LIMIT_CONTROL_FRAMES: 1 })
  await hub.expectToServe()
})

test('a flood of pongs that nobody asked for is ended, too', async () => {
  const hub = await openAttackedHub()
  const client = await connectRawClient(hub.url)
  for (let i = 0; i < 150; i++) client.socket.pong('x')
  expect((await waitFor(() => client.closed)).code).toBe(4008)
  await hub.expectToServe()
})

test('messages above the rate are answered with a time to come back, dropped, and work again after it', async () => {
  const hub = await openAttackedHub('limits: { messages: 5 }')
  const client = await hub.register()
  for (let i = 0; i < 60; i++) client.send('ping')
  const { data } = await client.next('error')
  expect(data).toMatchObject({ code: 'RTB_LIMIT_MESSAGES', retry_ms: expect.any(Number) })
  expect(data['hint']).toContain('limits.messages')
  await waitFor(
    () => {
      client.send('ping')
      return client.messages.at(-1)?.message_type === 'pong'
    },
    { intervalMs: 250 },
  )
  expect(client.closed).toBeNull()
  await hub.expectToServe()
})

test('who goes on above the rate of messages or bytes is disconnected', async () => {
  const hub = await openAttackedHub('limits: { messages: 5, bytes: 2KiB }')
  const many = await hub.register()
  for (let i = 0; i < 400; i++) many.send('ping')
  expect(await waitFor(() => many.closed)).toMatchObject({ code: 4008 })
  const large = await hub.register()
  const padding = 'x'.repeat(60_000)
  for (let i = 0; i < 30; i++) large.send('ping', { padding })
  expect((await large.next('error')).data).toMatchObject({ code: 'RTB_LIMIT_BYTES' })
  expect(hub.refused()['RTB_LIMIT_MESSAGES']).toBeGreaterThan(100)
  await hub.expectToServe()
})

test('a string of 10 MB is refused before it is whole', async () => {
  const hub = await openAttackedHub()
  const raw = await openRawWebSocket(hub.port)
  const body = Buffer.from(`{"message_type":"${'x'.repeat(10_000_000)}"}`)
  raw.socket.write(frame(body))
  await raw.ends()
  await hub.expectToServe()
})

test('subscriptions and rooms above their limits are refused with an error, and counted', async () => {
  const hub = await openAttackedHub('hub: { max_subscriptions: 3 }\nlimits: { rooms: 3 }')
  const client = await hub.register({ subscriptions: [] })
  for (let i = 0; i < 10; i++) {
    client.send('subscribe', { id: `s${i}`, tables: ['item'] })
    client.send('join', { room: `r${i}` })
  }
  // Whether somebody may join is asked before the room is counted: what was sent later may be answered earlier.
  const codes = () =>
    client.messages.filter(({ message_type: type }) => type === 'error').map(({ data }) => data['code'])
  await waitFor(() => codes().length >= 14)
  expect(codes().filter(code => code === 'RTB_SUBSCRIPTION_LIMIT')).toHaveLength(7)
  expect(codes().filter(code => code === 'RTB_ROOM_LIMIT')).toHaveLength(7)
  expect(hub.daemon.status().hub).toMatchObject({ counters: { limited: 14 } })
  await hub.expectToServe()
})
