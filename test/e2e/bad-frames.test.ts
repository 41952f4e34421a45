import { expect, test } from 'vitest'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { connectRawClient } from '../support/raw-client.ts'
import { frame, openRawSocket, openRawWebSocket } from '../support/raw-socket.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'

const yaml = 'tables: { item: {} }'
const database = await createTestDatabase()
await database.query('CREATE TABLE item (id int PRIMARY KEY)')
await installTables(database, yaml)
let nextId = 1

type Hub = Awaited<ReturnType<typeof openTestDaemon>>

/** The hub still does its work: health answers, and a change reaches a client that was there before. */
async function expectToServe(hub: Hub, witness: Awaited<ReturnType<Hub['register']>>): Promise<void> {
  const id = nextId++
  await database.query('INSERT INTO item VALUES ($1)', [id])
  await witness.next(message => message.data['id'] === String(id))
  const health = await fetch(`http://127.0.0.1:${hub.daemon.port}/readyz`)
  expect(health.status).toBe(200)
  expect(hub.log.filter(line => line.includes('"level":"error"'))).toEqual([])
}

async function openHub(more = '') {
  const hub = await openTestDaemon(database.url, yaml + more)
  return { hub, witness: await hub.register() }
}

const ping = '{"message_type":"ping"}'

test.each([
  ['an unmasked frame', [frame(ping, { isMasked: false })]],
  ['reserved bits', [frame(ping, { reserved: 4 })]],
  ['an unknown opcode', [frame(ping, { opcode: 5 })]],
  ['a continuation of nothing', [frame(ping, { opcode: 0 })]],
  ['a text frame inside a message', [frame('{', { isLast: false }), frame(ping)]],
  ['a ping in two parts', [frame('x', { opcode: 9, isLast: false })]],
  ['a ping that is too long', [frame('x'.repeat(126), { opcode: 9 })]],
  ['text that is not UTF-8', [frame(Buffer.from([0x22, 0xc3, 0x28, 0x22]))]],
  ['a close frame with half a code', [frame('x', { opcode: 8 })]],
  ['a close code that nobody may send', [frame(Buffer.from([0x03, 0xed]), { opcode: 8 })]],
  ['a frame that announces 4 GiB', [frame('x', { announced: 2 ** 32 - 1 })]],
  [
    'a thousand fragments',
    Array.from({ length: 1_000 }, (_, i) => frame('x', { opcode: i ? 0 : 1, isLast: false })),
  ],
] as const)('%s ends that connection, and nothing else', async (_, frames) => {
  const { hub, witness } = await openHub()
  const raw = await openRawWebSocket(hub.daemon.port)
  for (const bytes of frames) raw.socket.write(bytes)
  await raw.ends()
  await expectToServe(hub, witness)
})

test.each([
  ['garbage instead of HTTP', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['a head that is too long', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`],
  [
    'two different lengths',
    'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx',
  ],
  [
    'an upgrade without a key',
    'GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
  ],
  [
    'an upgrade to something else',
    'GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n',
  ],
  [
    'an upgrade of an unreadable path',
    'GET //%zz\\..\\?%00 HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
  ],
  [
    'an upgrade by POST',
    'POST / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
  ],
])('%s is answered with an HTTP error, and ends the connection', async (_, bytes) => {
  const { hub, witness } = await openHub()
  const raw = await openRawSocket(hub.daemon.port)
  raw.socket.write(bytes, 'latin1')
  await raw.receives(/^HTTP\/1\.1 4\d\d /)
  await raw.ends()
  await expectToServe(hub, witness)
})

test.each([
  ['not JSON', '{"message_type":', 'RTB_FRAME_NOT_JSON'],
  ['JSON that is no object', '[1]', 'RTB_MESSAGE_INVALID'],
  ['nothing', '', 'RTB_FRAME_NOT_JSON'],
  [
    'nested too deep',
    `{"message_type":"ping","data":${'['.repeat(65)}${']'.repeat(65)}}`,
    'RTB_FRAME_TOO_DEEP',
  ],
  ['a hundred thousand brackets', '['.repeat(60_000), 'RTB_FRAME_TOO_DEEP'],
  ['a type of the prototype', '{"message_type":"constructor"}', 'RTB_MESSAGE_UNKNOWN_TYPE'],
  ['a type called __proto__', '{"message_type":"__proto__","data":{}}', 'RTB_MESSAGE_UNKNOWN_TYPE'],
  ['a register without a name', '{"message_type":"register","data":{}}', 'RTB_MESSAGE_INVALID'],
  ['data that is a list', '{"message_type":"register","data":[]}', 'RTB_MESSAGE_INVALID'],
  ['subscribing before registering', '{"message_type":"subscribe","data":{"id":"a"}}', 'RTB_REGISTER_FIRST'],
])('%s is answered with an error, and the connection goes on', async (_, text, code) => {
  const { hub, witness } = await openHub()
  const client = await connectRawClient(hub.url)
  client.sendRaw(text)
  expect((await client.next('error')).data).toMatchObject({ code })
  client.send('ping')
  await client.next('pong')
  await expectToServe(hub, witness)
})

test('__proto__ in what a client sends is a field like any other', async () => {
  const { hub, witness } = await openHub()
  const client = await connectRawClient(hub.url)
  client.sendRaw(
    '{"__proto__":{"message_type":"x"},"message_type":"register","data":{"app_name":"a","__proto__":{"batch":true}}}',
  )
  await client.next('registered')
  client.sendRaw(
    '{"message_type":"custom_event","data":{"event_type":"X","data":{"__proto__":{"polluted":1}}}}',
  )
  const { data } = await witness.next('realtime_event')
  expect(JSON.stringify(data['data'])).toBe('{"__proto__":{"polluted":1}}')
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  await expectToServe(hub, witness)
})

test('a client that sends pings and reads no answer cannot make the hub hold them', async () => {
  const { hub, witness } = await openHub()
  const raw = await openRawWebSocket(hub.daemon.port)
  raw.socket.pause()
  const pings = Buffer.concat(Array.from({ length: 5_000 }, () => frame('x'.repeat(125), { opcode: 9 })))
  // Up to 128 MB of pings: the answers would be as much.
  for (let written = 0; written < 200 && !raw.isClosed; written++) {
    if (!raw.socket.write(pings))
      await waitFor(() => raw.isClosed || !raw.socket.writableNeedDrain, { intervalMs: 1 })
  }
  expect(raw.isClosed).toBe(true)
  await expectToServe(hub, witness)
})
