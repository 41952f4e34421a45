import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { waitFor } from './wait-for.ts'

/** A bare TCP connection to a hub, for what no WebSocket library would send. */
export interface RawSocket {
  readonly socket: Socket
  /** Everything that came so far, bytes as Latin-1 text. */
  readonly received: string
  readonly isClosed: boolean
  /** Resolves when all that came so far fits. */
  receives(pattern: RegExp): Promise<void>
  /** Resolves when the other side has ended the connection. */
  ends(): Promise<void>
}

/** Connects; destroyed after the test. */
export async function openRawSocket(port: number): Promise<RawSocket> {
  const socket = connect({ port, host: '127.0.0.1' })
  let received = ''
  let isClosed = false
  // A reset is what many of these tests are after.
  socket.on('error', () => {})
  socket.on('close', () => {
    isClosed = true
  })
  socket.on('data', data => {
    received += data.toString('latin1')
  })
  await once(socket, 'connect')
  onTestFinished(() => void socket.destroy())
  return {
    socket,
    get received() {
      return received
    },
    get isClosed() {
      return isClosed
    },
    receives: async pattern => {
      await waitFor(() => pattern.test(received), { message: () => `${pattern} came; got ${received}` })
    },
    ends: async () => {
      await waitFor(() => isClosed, { message: 'the hub ended the connection' })
    },
  }
}

/** A bare connection that has been upgraded to a WebSocket. */
export async function openRawWebSocket(port: number): Promise<RawSocket> {
  const raw = await openRawSocket(port)
  raw.socket.write(
    'GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  )
  await raw.receives(/^HTTP\/1.1 101 [\s\S]*\r\n\r\n/)
  return raw
}

/** What a frame is made of; default a whole, masked text frame. */
export interface FrameParts {
  /** 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong. */
  readonly opcode?: number
  readonly isLast?: boolean
  readonly isMasked?: boolean
  /** The three reserved bits. */
  readonly reserved?: number
  /** Overrides the length that the head announces. */
  readonly announced?: number
}

/** A frame as it goes over the wire. @see https://www.rfc-editor.org/rfc/rfc6455#section-5.2 */
export function frame(payload: string | Buffer, parts: FrameParts = {}): Buffer {
  const { opcode = 1, isLast = true, isMasked = true, reserved = 0 } = parts
  const body = Buffer.from(payload)
  const length = parts.announced ?? body.length
  const head = [(isLast ? 0x80 : 0) | (reserved << 4) | opcode]
  const mask = isMasked ? 0x80 : 0
  if (length < 126) head.push(mask | length)
  else if (length < 65_536) head.push(mask | 126, length >> 8, length & 0xff)
  else
    head.push(
      mask | 127,
      0,
      0,
      0,
      0,
      length >>> 24,
      (length >> 16) & 0xff,
      (length >> 8) & 0xff,
      length & 0xff,
    )
  // A mask of zeros leaves the payload as it is.
  if (isMasked) head.push(0, 0, 0, 0)
  return Buffer.concat([Buffer.from(head), body])
}
