import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ServerOptions } from 'ws'
import { WebSocketServer } from 'ws'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { Hub } from '../hub/hub.ts'
import { acceptWebSocket } from './accept-web-socket.ts'
import { answerText } from './answer.ts'
import { pathOf, webSocketPaths } from './handle-request.ts'
import { startHeartbeat } from './heartbeat.ts'
import { errorAnswer } from './problem.ts'

export interface WebSocketLimits {
  /** Longest message of a client, bytes. */
  readonly maxFrameBytes: number
  /** Pause between two pings of a connection; told to clients by the hub, milliseconds. */
  readonly heartbeatMs: number
  /** How long a polite close may take before a connection is cut, milliseconds. */
  readonly closeWithinMs: number
}

/** The WebSockets of an HTTP server. */
export interface WebSockets {
  /** Starts a polite close of each, and takes no new ones. */
  close(): void
}

/** Lets an HTTP server upgrade requests for `/` and `/ws` to WebSockets of the hub. */
export function attachWebSockets(
  http: Server,
  hub: Hub,
  { limits, onError }: { limits: WebSocketLimits; onError: (error: unknown, part: string) => void },
): WebSockets {
  const server = new WebSocketServer(webSocketOptions(limits))
  const heartbeat = startHeartbeat(limits.heartbeatMs)
  http.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    stream.on('error', () => stream.destroy())
    if (!webSocketPaths.includes(pathOf(request))) {
      refuseUpgrade(stream, pathOf(request))
      return
    }
    try {
      server.handleUpgrade(request, stream, head, socket => {
        acceptWebSocket(hub, { socket, stream, request }, limits.maxFrameBytes)
        heartbeat.watch(socket)
      })
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

function webSocketOptions({ maxFrameBytes, closeWithinMs }: WebSocketLimits): ServerOptions {
  const options: ServerOptions & { closeTimeout: number } = {
    noServer: true,
    // One compressor per client costs more memory than an office saves in bandwidth.
    perMessageDeflate: false,
    // A message up to twice the limit is still read, so that its sender can be told what was wrong.
    maxPayload: 2 * maxFrameBytes,
    // A message is one text frame; fragments are allowed, a million of one byte is not.
    maxFragments: 64,
    maxBufferedChunks: 1024,
    closeTimeout: closeWithinMs,
  }
  return options
}

function refuseUpgrade(stream: Duplex, path: string): void {
  const text = answerText(errorAnswer(rtbridgeError('RTB_HTTP_NOT_FOUND', { path })))
  stream.end(text, () => stream.destroy())
}
