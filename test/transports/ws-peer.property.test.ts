import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createHttp, type Server } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { type Duplex, finished } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { webSocketFrame } from '../../src/hub/stream/web-socket-frame.ts'
import { WebSocketPeer } from '../../src/transports/ws-peer.ts'
import { makeCertificates } from '../support/make-certificates.ts'

/** What a connection does next; `turn` lets go what waits for the end of the tick. */
type Step =
  | { readonly do: 'send'; readonly bytes: readonly number[]; readonly isLast: boolean }
  | { readonly do: 'ping' }
  | { readonly do: 'turn' }
  | { readonly do: 'heard' }
  | { readonly do: 'pause' }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('send' as const),
    // Of all three kinds of heads, and now and then more than the system takes at once.
    bytes: fc.array(fc.oneof(fc.nat(200), fc.nat(200), fc.nat(70_000), fc.nat(400_000)), {
      minLength: 1,
      maxLength: 4,
    }),
    isLast: fc.boolean(),
  }),
  fc.constantFrom<Step>({ do: 'ping' }, { do: 'turn' }, { do: 'heard' }, { do: 'pause' }),
)

const handshake =
  'GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Extensions: permessage-deflate\r\n' +
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n'
const maskedPing = Buffer.from([0x89, 0x80, 0, 0, 0, 0])

/** The frames in what a server sent, each as its kind and its content. */
function framesOf(bytes: Buffer): string[] {
  const kinds: Readonly<Record<number, string>> = { 129: 'text', 136: 'close', 137: 'ping', 138: 'pong' }
  const frames: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const short = bytes[at + 1] ?? 0
    const head = short < 126 ? 2 : short === 126 ? 4 : 10
    const length =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2))
    const end = at + head + length
    if (end > bytes.length) throw new Error('the last frame was cut')
    const content = bytes.subarray(at + head, end)
    const kind = kinds[bytes[at] ?? 0] ?? `unknown ${bytes[at]}`
    frames.push(
      kind === 'close'
        ? `close ${content.readUInt16BE(0)}`
        : `${kind} ${content.length} ${content.subarray(0, 8)}`,
    )
    at = end
  }
  return frames
}

async function listen(http: Server): Promise<number> {
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  onTestFinished(() => void http.close())
  return (http.address() as AddressInfo).port
}

/** Runs the steps on a new connection. @returns what was to come, and what came */
async function run(steps: readonly Step[], http: Server, client: Duplex) {
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  const came: Buffer[] = []
  client.on('data', data => came.push(data))
  client.write(handshake)
  const [request, stream, head] = (await once(http, 'upgrade')) as [never, Duplex, Buffer]
  const socket = await new Promise<WebSocket>(resolve => server.handleUpgrade(request, stream, head, resolve))
  const peer = new WebSocketPeer(socket, stream, '127.0.0.1')
  const wanted: string[] = []
  let [pings, number] = [0, 0]
  for (const next of steps) {
    if (next.do === 'send') {
      const texts = next.bytes.map(bytes => `${++number} `.padEnd(bytes, 'x'))
      wanted.push(...texts.map(text => `text ${text.length} ${text.slice(0, 8)}`))
      peer.send(Buffer.concat(texts.map(webSocketFrame)), next.isLast)
    } else if (next.do === 'ping') {
      const content = `p${++number}`
      socket.ping(content)
      wanted.push(`ping ${content.length} ${content}`)
    } else if (next.do === 'heard') {
      pings++
      client.write(maskedPing)
      await once(socket, 'ping')
    } else if (next.do === 'pause') client.isPaused() ? client.resume() : client.pause()
    else await turn()
  }
  peer.close(4_001, 'enough')
  // What comes after a close goes nowhere.
  peer.send(webSocketFrame('late'), true)
  client.resume()
  client.on('data', () => {
    const all = Buffer.concat(came)
    if (all.includes('enough')) client.end(Buffer.from([0x88, 0x80, 0, 0, 0, 0]))
  })
  await new Promise<void>(resolve => finished(client, () => resolve()))
  peer.send(webSocketFrame('later'), true)
  peer.terminate()
  await turn()
  const bytes = Buffer.concat(came)
  const frames = framesOf(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4))
  const isPong = (frame: string) => frame.startsWith('pong')
  return {
    pongs: { wanted: pings, came: frames.filter(isPong).length },
    frames: { wanted: [...wanted, 'close 4001'], came: frames.filter(frame => !isPong(frame)) },
  }
}

test.each(['tcp', 'tls'])(
  'frames that go past ws, and what ws sends by itself, arrive whole and in the order in which they were sent: %s',
  async over => {
    const certificates = await makeCertificates()
    const [cert, key] = [readFileSync(certificates.certFile), readFileSync(certificates.keyFile)]
    const http = over === 'tls' ? createHttps({ cert, key }) : createHttp()
    const port = await listen(http)
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async steps => {
        const to = { port, host: '127.0.0.1' }
        const client = over === 'tls' ? connectTls({ ...to, ca: certificates.ca }) : connect(to)
        const { pongs, frames } = await run(steps, http, client)
        expect(frames.came).toEqual(frames.wanted)
        expect(pongs.came).toBe(pongs.wanted)
      }),
      { numRuns: 60 },
    )
  },
)
