import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ServerOptions, WebSocket } from 'ws'
import { WebSocketServer } from 'ws'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { Connection } from '../hub/connections/connection.ts'
import type { Hub } from '../hub/hub.ts'
import { closeCodes } from '../protocol/close-codes.ts'
import { acceptWebSocket } from './accept-web-socket.ts'
import type { Answer } from './answer.ts'
import { answerText, problemAnswer } from './answer.ts'
import type { Door } from './door/door.ts'
import type { MessageRates } from './door/message-limits.ts'
import { burstSeconds } from './door/token-bucket.ts'
import { pathOf, webSocketPaths } from './handle-request.ts'
import type { Heartbeat } from './heartbeat.ts'
import { startHeartbeat } from './heartbeat.ts'

export interface WebSocketLimits extends MessageRates {
  /** Pieces that one message may come in. */
  readonly maxFragments: number
  /** Pause between two pings of a connection; told to clients by the hub, milliseconds. */
  readonly heartbeatMs: number
  /** A connection of which nothing is heard for so long is ended, milliseconds. */
  readonly idleMs: number
  /** How long a polite close may take before a connection is cut, milliseconds. */
  readonly closeWithinMs: number
}

export interface WebSocketOptions {
  readonly limits: WebSocketLimits
  /** Looks at every upgrade first. */
  readonly door: Door
  /** Milliseconds of a clock that only grows. */
  readonly now: () => number
  readonly onError: (error: unknown, part: string) => void
}

/** The WebSockets of an HTTP server. */
export interface WebSockets {
  /** Starts a polite close of each, and takes no new ones. */
  close(): void
}

/** Lets an HTTP server upgrade requests for `/` and `/ws` to WebSockets of the hub. */
export function attachWebSockets(http: Server, hub: Hub, options: WebSocketOptions): WebSockets {
  const { limits, door, now, onError } = options
  const server = new WebSocketServer(webSocketOptions(limits))
  const heartbeat = startHeartbeat({ intervalMs: limits.heartbeatMs, idleMs: limits.idleMs, now })
  const count = door.count.bind(door)
  const upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) =>
    server.handleUpgrade(request, stream, head, socket => {
      const opened = { socket, stream, request }
      const connection = acceptWebSocket(hub, opened, { rates: limits, count, now })
      watch(heartbeat, socket, { connection, door, idleMs: limits.idleMs })
    })
  http.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    stream.on('error', () => stream.destroy())
    try {
      const refusal = door.check(request) ?? missingPath(request)
      if (refusal === null) upgrade(request, stream, head)
      else stream.end(answerText(refusal), () => stream.destroy())
    } catch (error) {
      onError(error, 'upgrade')
      stream.destroy()
    }
  })
  return {
    close() {
      heartbeat.close()
      for (const socket of server.clients) socket.close(1001, 'the hub stops')
      server.close()
    },
  }
}

function watch(
  heartbeat: Heartbeat,
  socket: WebSocket,
  { connection, door, idleMs }: { connection: Connection; door: Door; idleMs: number },
): void {
  heartbeat.watch(socket, () => {
    const { code, message } = rtbridgeError('RTB_LIMIT_IDLE', { limitMs: idleMs })
    door.count(code)
    // Whoever lives still hears why; the dead are cut when the close takes too long.
    connection.dismiss(closeCodes.idle, `${code}: ${message}`)
  })
}

function missingPath(request: IncomingMessage): Answer | null {
  if (webSocketPaths.includes(pathOf(request))) return null
  return problemAnswer(404, 'WebSockets are served at / and /ws')
}

function webSocketOptions({
  maxFrameBytes,
  maxFragments,
  closeWithinMs,
  controlFramesPerSecond,
}: WebSocketLimits): ServerOptions {
  const options: ServerOptions & { closeTimeout: number; maxPendingAutoPongs: number } = {
    noServer: true,
    // One compressor per client costs more memory than an office saves in bandwidth, and a small bomb becomes large.
    perMessageDeflate: false,
    // A message up to twice the limit is still read, so that its sender can be told what was wrong.
    maxPayload: 2 * maxFrameBytes,
    maxFragments,
    // Pieces of the network's making: a message that drips in byte by byte costs no more memory than its size.
    maxBufferedChunks: 1024,
    closeTimeout: closeWithinMs,
    // Beyond these the connection is cut without a word, so what may come at once has to fit.
    maxPendingAutoPongs: controlFramesPerSecond * burstSeconds + 1,
  }
  return options
}
