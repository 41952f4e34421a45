import { randomUUID } from 'node:crypto'
import { type RtbridgeError, rtbridgeError } from '../../domain/errors/registry.ts'
import { isRetryable } from '../../protocol/close-codes.ts'
import type { HubMessage } from '../../protocol/messages.ts'
import { toolClientPrefix } from '../../protocol/tool-client.ts'
import { openWebSocketClient, type WebSocketClient } from '../../transports/ws-client.ts'
import type { FollowOptions } from './follow-options.ts'
import { readEvents, readFrame } from './read-frame.ts'
import type { SeenEvents } from './seen-events.ts'

/** What outlives a connection. */
export interface FollowPosition {
  cursor: string | null
  readonly seen: SeenEvents
  /** How long the hub asked us to stay away; null = it did not. */
  retryMs: number | null
  /** Connections lost since the hub last took us. */
  failures: number
}

const handshakeTimeoutMs = 5_000
/** A hub answers `register` at once, unless it has no database. */
const patienceMs = 2_000
/** The hub's own hint speaks to the authors of apps. */
const signInHint =
  'name a file that holds a key or token with --token-file; `rtbridge token create <name>` makes one'

/**
 * One connection, to its end.
 * @returns why it ended
 * @throws RTB_TAIL_UNREACHABLE, RTB_TAIL_REJECTED
 */
export async function followConnection(options: FollowOptions, position: FollowPosition): Promise<string> {
  const { signal } = options
  const stream = new Stream(options, position)
  const client = await connect(options, text => stream.receive(text))
  const hangUp = () => void client.close()
  signal.addEventListener('abort', hangUp)
  if (signal.aborted) hangUp()
  try {
    stream.start(client)
    const { code, reason } = await client.closed
    if (stream.rejection !== null) throw stream.rejection
    if (!isRetryable(code)) throw rejectedBy(code, reason)
    return `the connection ended (${code}${reason === '' ? '' : `, ${reason}`})`
  } finally {
    stream.end()
    signal.removeEventListener('abort', hangUp)
  }
}

async function connect(
  { url, trust = {} }: Pick<FollowOptions, 'url' | 'trust'>,
  onFrame: (text: string) => void,
): Promise<WebSocketClient> {
  try {
    return await openWebSocketClient(url, { onFrame, handshakeTimeoutMs, trust })
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    throw rtbridgeError('RTB_TAIL_UNREACHABLE', { url, problem }, error)
  }
}

function rejectedBy(code: number, reason: string): RtbridgeError {
  const hint = 'the log of the hub says more'
  return rtbridgeError('RTB_TAIL_REJECTED', { code: `close code ${code}`, message: reason, hint })
}

/** What comes on one connection. */
class Stream {
  /** Why the hub did not take us; null when it did. */
  rejection: RtbridgeError | null = null
  readonly #options: FollowOptions
  readonly #position: FollowPosition
  #client: WebSocketClient | null = null
  #isRegistered = false
  #patience: NodeJS.Timeout | undefined

  constructor(options: FollowOptions, position: FollowPosition) {
    this.#options = options
    this.#position = position
  }

  start(client: WebSocketClient): void {
    const { appName, subscription, token, onNotice } = this.#options
    this.#client = client
    this.#patience = setTimeout(() => onNotice({ kind: 'waiting' }), patienceMs)
    client.send('register', {
      app_name: appName,
      client_id: `${toolClientPrefix}${randomUUID()}`,
      batch: true,
      resume: this.#position.cursor,
      ...(token === null ? {} : { token }),
      ...(subscription === null ? {} : { subscriptions: [subscription] }),
    })
  }

  receive(text: string): void {
    const message = readFrame(text)
    if (message === null || this.#options.signal.aborted) return
    if (message.message_type === 'events') this.#deliver(message.data, text)
    else this.#react(message)
  }

  end(): void {
    clearTimeout(this.#patience)
  }

  #deliver(data: Extract<HubMessage, { message_type: 'events' }>['data'], text: string): void {
    for (const received of readEvents(text)) {
      // Whoever has seen enough goes on from before this batch.
      if (this.#options.signal.aborted) return
      if (this.#position.seen.add(received.event.event_id)) this.#options.onEvent(received)
    }
    if (data.cursor !== undefined) this.#move(data.cursor, data.checkpoint)
  }

  #react(message: HubMessage): void {
    const { onNotice } = this.#options
    switch (message.message_type) {
      case 'registered':
        this.#registered(message.data)
        break
      case 'checkpoint':
        this.#move(message.data.cursor, true)
        break
      case 'gap':
        onNotice({ kind: 'gap', reason: message.data.reason })
        this.#move(message.data.cursor, true)
        break
      case 'status': {
        const { state, since, reason = '' } = message.data
        // A hub that starts is live in a moment; when it is not, `waiting` says so.
        if (reason !== 'starting')
          onNotice(state === 'live' ? { kind: 'live' } : { kind: 'stale', since, reason })
        break
      }
      case 'going_away':
        this.#position.retryMs = message.data.retry_ms
        break
      case 'error':
        if (!this.#isRegistered) this.#reject(message.data)
    }
  }

  #reject(answer: Extract<HubMessage, { message_type: 'error' }>['data']): void {
    const hint = answer.code === 'RTB_AUTH_REQUIRED' ? signInHint : answer.hint
    this.rejection ??= rtbridgeError('RTB_TAIL_REJECTED', { ...answer, hint })
    void this.#client?.close()
  }

  #registered(data: Extract<HubMessage, { message_type: 'registered' }>['data']): void {
    clearTimeout(this.#patience)
    this.#isRegistered = true
    this.#position.failures = 0
    this.#position.retryMs = null
    // Two probes of the hub and a little more.
    this.#client?.watchSilence(2.5 * data.heartbeat_ms)
    for (const room of this.#options.join) this.#client?.send('join', { room })
    this.#options.onNotice({ kind: 'connected', resumed: data.resumed === 'resumed' })
    // A gap is told in a message of its own, which follows.
    this.#move(data.cursor, true)
  }

  #move(cursor: string, isCheckpoint: boolean): void {
    this.#position.cursor = cursor
    this.#options.onCursor(cursor, isCheckpoint)
  }
}
