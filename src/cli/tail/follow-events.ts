import { setTimeout as pause } from 'node:timers/promises'
import { type RtbridgeError, rtbridgeError } from '../../domain/errors/registry.ts'
import { isRetryable } from '../../protocol/close-codes.ts'
import type { GapReasonWord, HubMessage, SubscriptionRequest } from '../../protocol/messages.ts'
import { openWebSocketClient, type WebSocketClient } from '../../transports/ws-client.ts'
import { type ReceivedEvent, readEvents, readFrame } from './read-frame.ts'
import { SeenEvents } from './seen-events.ts'

export interface FollowOptions {
  /** `ws://host:port` */
  readonly url: string
  readonly appName: string
  /** What to get; null = everything. */
  readonly subscription: SubscriptionRequest | null
  /** Rooms to join: their events come besides those for everyone. */
  readonly join: readonly string[]
  /** Where to go on; null = from now. */
  readonly since: string | null
  /** Ends it. */
  readonly signal: AbortSignal
  /** Every event once, in order. */
  readonly onEvent: (received: ReceivedEvent) => void
  /** The position after the events so far; a checkpoint is one between whole transactions. */
  readonly onCursor: (cursor: string, isCheckpoint: boolean) => void
  readonly onNotice: (notice: Notice) => void
}

/** What happens to the stream besides events. */
export type Notice =
  | { readonly kind: 'connected'; readonly resumed: boolean }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'gap'; readonly reason: GapReasonWord }
  | { readonly kind: 'stale'; readonly since: string; readonly reason: string }
  | { readonly kind: 'live' }
  | { readonly kind: 'lost'; readonly problem: string; readonly retryMs: number }

const handshakeTimeoutMs = 5_000
/** A hub answers `register` at once, unless it has no database. */
const patienceMs = 2_000
const firstRetryMs = 250
const longestRetryMs = 10_000

/**
 * Follows a hub's events until the signal aborts: connects again whenever the connection is lost, for as long as it
 * takes, and goes on with its cursor, so that nothing is missed.
 *
 * @throws RTB_TAIL_UNREACHABLE when the first connection fails, RTB_TAIL_REJECTED when the hub refuses
 */
export async function followEvents(options: FollowOptions): Promise<void> {
  const state: FollowState = { cursor: options.since, seen: new SeenEvents(), retryMs: null, attempts: 0 }
  for (let isFirst = true; !options.signal.aborted; isFirst = false) {
    const problem = await followOnce(options, state).catch((error: unknown) => {
      if (isFirst || !(error instanceof Error) || 'code' in error === false) throw error
      return error.message
    })
    if (options.signal.aborted) return
    const backOff = Math.min(longestRetryMs, firstRetryMs * 2 ** state.attempts++) * (0.5 + Math.random() / 2)
    const retryMs = Math.round(state.retryMs ?? backOff)
    options.onNotice({ kind: 'lost', problem, retryMs })
    await pause(retryMs, undefined, { signal: options.signal }).catch(() => {})
  }
}

interface FollowState {
  cursor: string | null
  readonly seen: SeenEvents
  /** What the hub asked us to wait. */
  retryMs: number | null
  attempts: number
}

/** One connection, to its end. @returns why it ended */
async function followOnce(options: FollowOptions, state: FollowState): Promise<string> {
  const failure: { error: RtbridgeError | null } = { error: null }
  const connection: { client: WebSocketClient | null; isRegistered: boolean } = {
    client: null,
    isRegistered: false,
  }
  const patience = setTimeout(() => options.onNotice({ kind: 'waiting' }), patienceMs)
  const onFrame = (text: string) => {
    const message = readFrame(text)
    if (message === null || options.signal.aborted) return
    if (message.message_type === 'registered') {
      clearTimeout(patience)
      connection.isRegistered = true
      connection.client?.watchSilence(2.5 * message.data.heartbeat_ms)
      for (const room of options.join) connection.client?.send('join', { room })
    }
    if (message.message_type === 'error' && !connection.isRegistered) {
      failure.error ??= rtbridgeError('RTB_TAIL_REJECTED', message.data)
      void connection.client?.close()
    } else handleMessage(message, text, { options, state })
  }
  const hangUp = () => void connection.client?.close()
  try {
    connection.client = await connect(options.url, onFrame)
    options.signal.addEventListener('abort', hangUp)
    if (options.signal.aborted) hangUp()
    connection.client.send('register', {
      app_name: options.appName,
      batch: true,
      resume: state.cursor,
      ...(options.subscription === null ? {} : { subscriptions: [options.subscription] }),
    })
    const { code, reason } = await connection.client.closed
    if (failure.error !== null) throw failure.error
    if (!isRetryable(code)) throw rejected(code, reason)
    return `the connection ended (${code}${reason === '' ? '' : `, ${reason}`})`
  } finally {
    clearTimeout(patience)
    options.signal.removeEventListener('abort', hangUp)
  }
}

async function connect(url: string, onFrame: (text: string) => void): Promise<WebSocketClient> {
  try {
    return await openWebSocketClient(url, { onFrame, handshakeTimeoutMs })
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    throw rtbridgeError('RTB_TAIL_UNREACHABLE', { url, problem }, error)
  }
}

function rejected(code: number, reason: string): RtbridgeError {
  const hint = 'ask the operator of the hub'
  return rtbridgeError('RTB_TAIL_REJECTED', { code: `close code ${code}`, message: reason, hint })
}

function handleMessage(
  message: HubMessage,
  text: string,
  { options, state }: { options: FollowOptions; state: FollowState },
): void {
  const move = (cursor: string, isCheckpoint: boolean) => {
    state.cursor = cursor
    options.onCursor(cursor, isCheckpoint)
  }
  switch (message.message_type) {
    case 'registered':
      state.attempts = 0
      state.retryMs = null
      options.onNotice({ kind: 'connected', resumed: message.data.resumed === 'resumed' })
      return move(message.data.cursor, true)
    case 'events': {
      for (const received of readEvents(text)) {
        // Whoever has seen enough goes on from before this batch.
        if (options.signal.aborted) return
        if (state.seen.add(received.event.event_id)) options.onEvent(received)
      }
      const { cursor, checkpoint } = message.data
      return cursor === undefined ? undefined : move(cursor, checkpoint)
    }
    case 'checkpoint':
      return move(message.data.cursor, true)
    case 'gap':
      options.onNotice({ kind: 'gap', reason: message.data.reason })
      return move(message.data.cursor, true)
    case 'status':
      return options.onNotice(
        message.data.state === 'live'
          ? { kind: 'live' }
          : { kind: 'stale', since: message.data.since, reason: message.data.reason ?? '' },
      )
    case 'going_away':
      state.retryMs = message.data.retry_ms
      return
    default:
      return
  }
}
