import { onTestFinished } from 'vitest'
import { type ClientOptions, WebSocket } from 'ws'
import { waitFor } from './wait-for.ts'

/** A frame as it came, parsed. */
export interface RawMessage {
  readonly message_type: string
  readonly data: Readonly<Record<string, unknown>>
  readonly timestamp?: string
}

/** A client that knows nothing of the protocol: it sends what the test says and keeps what comes. */
export interface RawClient {
  /** Every message so far, in order. */
  readonly messages: readonly RawMessage[]
  /** Set once the connection is closed. */
  readonly closed: { readonly code: number; readonly reason: string } | null
  /** The socket, for tests that pause or break it. */
  readonly socket: WebSocket
  /** Sends a message of a type, in the envelope of the protocol. */
  send(messageType: string, data?: object): void
  /** Sends text, or bytes, as they are. */
  sendRaw(frame: string | Buffer): void
  /**
   * Takes the next message that fits, in order: a message is given out once, and those before it are skipped.
   * A string means a message type.
   */
  next(wanted?: string | ((message: RawMessage) => boolean), timeoutMs?: number): Promise<RawMessage>
  /** Waits for the hub to close. */
  nextClose(timeoutMs?: number): Promise<{ code: number; reason: string }>
  /** Closes and waits for the end. Called by itself after the test. */
  close(): Promise<void>
}

/** Connects a raw client; it is closed after the test. */
export async function connectRawClient(url: string, options: ClientOptions = {}): Promise<RawClient> {
  const socket = new WebSocket(url, options)
  const messages: RawMessage[] = []
  const state = { taken: 0, closed: null as RawClient['closed'] }
  socket.on('message', frame => messages.push(JSON.parse(frame.toString()) as RawMessage))
  socket.on('close', (code, reason) => {
    state.closed = { code, reason: reason.toString() }
  })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  socket.on('error', () => {})
  const client = makeClient(socket, messages, state)
  onTestFinished(() => {
    // A socket that the test paused never sees the answer to a polite close.
    socket.terminate()
    return client.close()
  })
  return client
}

function makeClient(
  socket: WebSocket,
  messages: readonly RawMessage[],
  state: { taken: number; closed: RawClient['closed'] },
): RawClient {
  const take = (fits: (message: RawMessage) => boolean) => {
    const index = messages.findIndex((message, at) => at >= state.taken && fits(message))
    if (index === -1) return null
    state.taken = index + 1
    return messages[index] ?? null
  }
  return {
    messages,
    socket,
    get closed() {
      return state.closed
    },
    send: (messageType, data = {}) => {
      const timestamp = new Date().toISOString()
      socket.send(JSON.stringify({ message_type: messageType, data, timestamp }))
    },
    sendRaw: frame => socket.send(frame),
    next: async (wanted = () => true, timeoutMs) => {
      const fits = typeof wanted === 'string' ? (m: RawMessage) => m.message_type === wanted : wanted
      const message = () =>
        `a message ${wanted} came; got ${describeMessages(messages)}, closed: ${state.closed?.code}`
      return waitFor(() => take(fits), { timeoutMs, message, intervalMs: 2 })
    },
    nextClose: async timeoutMs => {
      const message = () => `the hub closed; got ${describeMessages(messages)}`
      return waitFor(() => state.closed, { timeoutMs, message })
    },
    close: async () => {
      socket.close()
      if (socket.readyState !== WebSocket.CLOSED) await new Promise(resolve => socket.once('close', resolve))
    },
  }
}

function describeMessages(messages: readonly RawMessage[]): string {
  return `${messages.length} (${messages
    .map(message => message.message_type)
    .slice(-8)
    .join(', ')})`
}
