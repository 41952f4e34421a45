import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { RawData, WebSocket } from 'ws'
import type { Identity } from '../access/identity.ts'
import type { ErrorCode, RtbridgeError } from '../domain/errors/registry.ts'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { Connection } from '../hub/connections/connection.ts'
import type { Hub } from '../hub/hub.ts'
import { closeCodes, messageTooBigCode } from '../protocol/close-codes.ts'
import { normalAddress } from './door/address-list.ts'
import type { Excess, MessageRates } from './door/message-limits.ts'
import { MessageLimits } from './door/message-limits.ts'
import { createWebSocketPeer } from './ws-peer.ts'

export interface OpenedWebSocket {
  readonly socket: WebSocket
  /** The connection under it. */
  readonly stream: Duplex
  readonly request: IncomingMessage
  /** Who the request showed; null = nobody yet. */
  readonly identity: Identity | null
}

export interface AcceptOptions {
  readonly rates: MessageRates
  /** Hears of what was too much. */
  readonly count: (code: ErrorCode) => void
  /** Milliseconds of a clock that only grows. */
  readonly now: () => number
}

/**
 * Joins an open WebSocket with the hub. No frame and no socket error of the client gets out of here. A longer message
 * than allowed is answered with an error, and ends the connection; more messages than allowed are answered and
 * dropped, and end it in the end.
 */
export function acceptWebSocket(
  hub: Hub,
  { socket, stream, request, identity }: OpenedWebSocket,
  { rates, count, now }: AcceptOptions,
): Connection {
  // An error event that nobody hears would end the process. `close` follows it, and does the rest.
  socket.on('error', () => {})
  const address = normalAddress(request.socket.remoteAddress ?? 'unknown')
  const connection = hub.connect(createWebSocketPeer(socket, stream, address), identity)
  const limits = new MessageLimits(rates, now())
  let isOver = false
  const stop = (excess: Excess) => {
    count(excess.error.code)
    refuseExcess(connection, socket, excess)
    isOver = excess.isFinal
  }
  socket.on('message', (data, isBinary) => {
    if (isOver) return
    const bytes = byteLength(data)
    const excess = limits.message(bytes, now())
    if (excess !== null) return stop(excess)
    const error = problemOf(bytes, isBinary, rates.maxFrameBytes)
    if (error === null) return connection.receive(data.toString())
    count(error.code)
    connection.refuse(error)
    if (error.code === 'RTB_FRAME_TOO_LARGE') socket.close(messageTooBigCode, reasonOf(error))
  })
  const controlFrame = () => {
    const excess = isOver ? null : limits.controlFrame(now())
    if (excess !== null) stop(excess)
  }
  socket.on('ping', controlFrame)
  socket.on('pong', controlFrame)
  socket.on('close', () => connection.closed())
  return connection
}

function problemOf(bytes: number, isBinary: boolean, limit: number): RtbridgeError | null {
  if (bytes > limit) return rtbridgeError('RTB_FRAME_TOO_LARGE', { limit })
  return isBinary ? rtbridgeError('RTB_FRAME_BINARY', {}) : null
}

function refuseExcess(connection: Connection, socket: WebSocket, { error, retryMs, isFinal }: Excess): void {
  connection.refuse(error, null, { retryMs })
  if (!isFinal) return
  connection.dismiss(closeCodes.tooFast, reasonOf(error))
  // What else it sends waits on its side, until the close is over or took too long.
  socket.pause()
}

function reasonOf({ code, message }: RtbridgeError): string {
  return `${code}: ${message}`
}

function byteLength(data: RawData): number {
  if (Array.isArray(data)) return data.reduce((sum, part) => sum + part.length, 0)
  return data.byteLength
}
