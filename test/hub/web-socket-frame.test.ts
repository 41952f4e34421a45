import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { webSocketFrame } from '../../src/hub/stream/web-socket-frame.ts'

/** What a client of the library that apps use reads when a server writes these bytes. */
async function read(frames: Buffer): Promise<string[]> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
  await once(server, 'listening')
  server.once('connection', (socket, { socket: stream }) => {
    stream.write(frames)
    socket.close(1000)
  })
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const texts: string[] = []
  client.on('message', (data, isBinary) => texts.push(isBinary ? 'binary' : data.toString()))
  const [code] = await once(client, 'close')
  server.close()
  expect(code).toBe(1000)
  return texts
}

test.each([0, 1, 125, 126, 127, 65_535, 65_536, 70_000])(
  'a frame of %i bytes is read by ws',
  async length => {
    const text = 'x'.repeat(length)
    expect(await read(webSocketFrame(text))).toEqual([text])
  },
)

test('frames that follow each other are read as the texts they were made of', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme', maxLength: 200 })), async texts => {
      expect(await read(Buffer.concat(texts.map(webSocketFrame)))).toEqual(texts)
    }),
  )
})

test('half a character is written as others write it, and the head says how long that is', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('x', 'é', '\u{1f600}', '\ud83d', '\ude00')), halves => {
      const text = halves.join('')
      const [frame, bytes] = [webSocketFrame(text), Buffer.from(text)]
      expect(frame.subarray(frame.length - bytes.length)).toEqual(bytes)
      expect(frame.length - bytes.length).toBe(bytes.length <= 125 ? 2 : 4)
    }),
  )
})
