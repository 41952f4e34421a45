import { WebSocket } from 'ws'
import type { ClientMessageData, ClientMessageType } from '../protocol/messages.ts'
import type { HubTrust } from './hub-trust.ts'
import { clientTlsOptions } from './hub-trust.ts'

export interface WebSocketClientOptions {
  /** Called with every text frame, in order; must not throw. */
  readonly onFrame: (text: string) => void
  /** Longest wait for the connection, ms. */
  readonly handshakeTimeoutMs: number
  /** Default: what the system trusts. */
  readonly trust?: HubTrust
}

/** A connection to a hub, as an app has one. */
export interface WebSocketClient {
  send<Type extends ClientMessageType>(type: Type, data: ClientMessageData[Type]): void
  /** Cuts the connection when nothing, not even a ping, comes for so long, ms. */
  watchSilence(limitMs: number): void
  /** Resolves, never rejects, when the connection has ended. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  /** Says goodbye and waits for the end; cuts the connection when the hub does not answer. */
  close(): Promise<void>
}

/** A hub that does not answer a close is not waited for longer, ms. */
const closeTimeoutMs = 1_000

/**
 * Connects to a hub.
 *
 * @param url `ws://host:port` or `wss://host:port`
 * @throws the error of the operating system or of the handshake, or a SyntaxError for what is no URL
 */
export async function openWebSocketClient(
  url: string,
  { onFrame, handshakeTimeoutMs, trust = {} }: WebSocketClientOptions,
): Promise<WebSocketClient> {
  const socket = new WebSocket(url, {
    handshakeTimeout: handshakeTimeoutMs,
    perMessageDeflate: false,
    ...clientTlsOptions(trust),
    ...(trust.host === undefined ? {} : { headers: { host: trust.host } }),
  })
  const closed = new Promise<{ code: number; reason: string }>(resolve => {
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }))
  })
  const silence = watchSilence(socket)
  socket.on('message', (data, isBinary) => {
    if (!isBinary) onFrame(data.toString())
  })
  await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject))
  // `close` follows, and says the rest.
  socket.on('error', () => {})
  return {
    closed,
    watchSilence: silence.start,
    send: (type, data) => {
      const timestamp = new Date().toISOString()
      if (socket.readyState === socket.OPEN)
        socket.send(JSON.stringify({ message_type: type, data, timestamp }))
    },
    async close() {
      socket.close()
      const cut = setTimeout(() => socket.terminate(), closeTimeoutMs)
      await closed
      clearTimeout(cut)
    },
  }
}

function watchSilence(socket: WebSocket): { start(limitMs: number): void } {
  let timer: NodeJS.Timeout | undefined
  const heard = () => timer?.refresh()
  socket.on('message', heard).on('ping', heard)
  socket.once('close', () => clearTimeout(timer))
  return {
    start: limitMs => {
      clearTimeout(timer)
      timer = setTimeout(() => socket.terminate(), limitMs)
    },
  }
}
