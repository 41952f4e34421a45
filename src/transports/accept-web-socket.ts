import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { RawData, WebSocket } from 'ws'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { Connection } from '../hub/connections/connection.ts'
import type { Hub } from '../hub/hub.ts'
import { messageTooBigCode } from '../protocol/close-codes.ts'
import { createWebSocketPeer } from './ws-peer.ts'

/**
 * Joins an open WebSocket with the hub. No frame and no socket error of the client gets out of here.
 * @param maxFrameBytes a longer message is answered with an error, and ends the connection
 */
export function acceptWebSocket(
  hub: Hub,
  { socket, stream, request }: { socket: WebSocket; stream: Duplex; request: IncomingMessage },
  maxFrameBytes: number,
): void {
  // An error event that nobody hears would end the process. `close` follows it, and does the rest.
  socket.on('error', () => {})
  const peer = createWebSocketPeer(socket, stream, request.socket.remoteAddress ?? 'unknown')
  const connection = hub.connect(peer)
  socket.on('message', (data, isBinary) => {
    if (byteLength(data) > maxFrameBytes) refuseTooLarge(connection, socket, maxFrameBytes)
    else if (isBinary) connection.refuse(rtbridgeError('RTB_FRAME_BINARY', {}))
    else connection.receive(data.toString())
  })
  socket.on('close', () => connection.closed())
}

function refuseTooLarge(connection: Connection, socket: WebSocket, limit: number): void {
  const error = rtbridgeError('RTB_FRAME_TOO_LARGE', { limit })
  connection.refuse(error)
  socket.close(messageTooBigCode, `${error.code}: ${error.message}`)
}

function byteLength(data: RawData): number {
  if (Array.isArray(data)) return data.reduce((sum, part) => sum + part.length, 0)
  return data.byteLength
}
