import { isRetryable } from '../../protocol/close-codes.ts'
import type { HubMessage, HubMessageData, RegisterData } from '../../protocol/messages.ts'
import { ClientError } from '../api/client-error.ts'
import { clientError, hubError } from '../api/client-errors.ts'
import type { ClientOptions } from '../api/client-options.ts'
import type { Environment } from '../platform/environment.ts'
import { createListeners, type Listeners } from '../platform/listeners.ts'
import { createTimers } from '../platform/timers.ts'
import type { Addresses } from './addresses.ts'
import type { ConnectionInput } from './connection-state.ts'
import { connectionTransitions } from './connection-state.ts'
import type { ConnectionStatus } from './connection-status.ts'
import type { Link } from './link.ts'
import { createPulse } from './pulse.ts'

/** What the connection asks of those who use it, and tells them. */
export interface ConnectionOwner {
  readonly options: ClientOptions
  /** Is awaited before each attempt. */
  prepare(): Promise<void>
  /** What to register with; the token is added. */
  register(): RegisterData
  /**
   * `register` was answered with an error that is not about who the client is.
   * @returns true: register again, on the same connection; null: another answer will come
   */
  refused(error: HubMessageData['error']): boolean | null
  /** A message; before the state says what it changes. */
  receive(message: HubMessage): void
  /** The connection is gone. */
  lost(): void
  /** It will not come back. */
  ended(error: ClientError): void
  report(error: unknown): void
}

/** A hub that has not said its heartbeat yet is probed after this silence, ms. */
const patienceMs = 30_000
/** The connection to the hubs: one link after another, each tried again until it is closed. */
export interface Connection {
  /** Hears of what it is doing. */
  readonly onStatus: Listeners<ConnectionStatus>['add']
  readonly status: ConnectionStatus
  readonly link: Link | null
  /** The one that it signed in with; undefined = none. */
  readonly token: string | undefined
  /** Something needs it. */
  want(): void
  /** There is a reason to look: to try again at once, or to probe. */
  wake(): void
  close(): void
  /** @throws RTB_CLIENT_TOKEN */
  getToken(): Promise<string | undefined>
  /**
   * Gives the connection up, and tries again.
   * @param waitMs before the next attempt; 0 = random, longer from time to time; default 0
   */
  lose(error: ClientError, waitMs?: number): void
}

export function createConnection(
  owner: ConnectionOwner,
  addresses: Addresses,
  environment: Environment,
): Connection {
  const { options } = owner
  const statuses = createListeners<ConnectionStatus>(owner.report)
  /** The end of the attempt, or of the pause before the next. */
  const deadline = createTimers(environment)
  const pulse = createPulse(environment, options, {
    ping: () => link?.send('ping', {}),
    dead: () => lose(clientError('RTB_CLIENT_SILENT')),
    woke: wake,
  })
  /** Grows with each attempt and loss: what belongs to an earlier one is not listened to. */
  let turn = 0
  let round = 0
  let token: string | undefined
  /** A token was refused, and a fresh one is being tried. */
  let isLastTry = false
  /** Why, and for how long, the hub goes away. */
  let farewell: HubMessageData['going_away'] | null = null
  let link: Link | null = null
  let status: ConnectionStatus = {
    state: 'idle',
    code: 'new',
    url: null,
    hubId: null,
    since: environment.now(),
    stale: false,
    error: null,
  }

  function want(): void {
    if (!enter('want', 'wanted')) return
    pulse.start()
    // First: who hears of the attempt may close the client, and so end it.
    void attempt()
    tell()
  }

  function wake(): void {
    if (status.state === 'retrying') due()
    else pulse.probe()
  }

  function close(): void {
    end('close', 'closed', clientError('RTB_CLIENT_CLOSED'))
  }

  async function attempt(): Promise<void> {
    const mine = ++turn
    const isOver = () => mine !== turn
    const { connectTimeoutMs = 10_000 } = options
    deadline.later(() => lose(clientError('RTB_CLIENT_CONNECT_TIMEOUT')), connectTimeoutMs)
    try {
      await owner.prepare()
      const { url, open } = await addresses.next()
      if (isOver()) return
      status = { ...status, url: url.href }
      token = await getToken()
      if (isOver()) return
      link = open(url, {
        opened: register,
        heard: pulse.heard,
        message: receive,
        closed,
      })
    } catch (error) {
      if (isOver()) return
      lose(error instanceof ClientError ? error : clientError('RTB_CLIENT_CONNECT_FAILED', '', error))
    }
  }

  async function getToken(): Promise<string | undefined> {
    try {
      return (await options.getToken?.()) ?? undefined
    } catch (error) {
      throw clientError('RTB_CLIENT_TOKEN', '', error)
    }
  }

  function register(): void {
    link?.send('register', { ...owner.register(), token })
  }

  function receive(message: HubMessage): void {
    const { message_type: type, data } = message
    // Who answers is there, and may take its time: the pulse watches it from here on.
    deadline.clear()
    pulse.heartbeatMs ||= patienceMs
    if (type === 'registered') registered(message, data)
    else if (type === 'hubs') addresses.learn(data.hubs)
    else if (type === 'going_away') farewell = data
    else if (type === 'status') stale(data)
    else if (type !== 'error') owner.receive(message)
    else if (status.state !== 'online') registerRefused(data)
    // Something was dropped, and it is not said what: it is sent again with the next connection, or was too large.
    else if (data.in_reply_to === null && /^RTB_(LIMIT|FRAME)/.test(data.code))
      lose(hubError(data), data.retry_ms)
    else owner.receive(message)
  }

  function registered(message: HubMessage, data: HubMessageData['registered']): void {
    // A hub that has just started knows none yet: those that were known stay.
    if (data.hubs) addresses.learn(data.hubs)
    if (!enter('registered', 'registered', null, data.hub_id)) return
    pulse.heartbeatMs = data.heartbeat_ms || patienceMs
    isLastTry = false
    owner.receive(message)
    tell()
  }

  function registerRefused(error: HubMessageData['error']): void {
    /** Refusals that another token may mend. */
    const tokenRefused = /^RTB_AUTH_(REQUIRED|INVALID|EXPIRED|REVOKED)$/
    const { code, retry_ms: retryMs } = error
    if (tokenRefused.test(code)) refused(hubError(error), true)
    else if (/^RTB_AUTH_/.test(code) || retryMs) lose(hubError(error), retryMs)
    else {
      const mayRetry = owner.refused(error)
      if (mayRetry) register()
      else if (mayRetry === false) lose(hubError(error))
    }
  }

  function stale({ state, reason }: HubMessageData['status']): void {
    const isStale = state === 'stale'
    if (status.stale === isStale) return
    status = { ...status, stale: isStale, code: reason ?? state }
    tell()
  }

  function closed(code: number, error: ClientError): void {
    // 4500 to 4502 are about the sign-in.
    if (!isRetryable(code)) refused(error, code < 4503)
    else if (farewell) lose(clientError('RTB_CLIENT_GOING_AWAY'), farewell.retry_ms)
    else lose(error)
  }

  function refused(error: ClientError, mayTokenHelp: boolean): void {
    if (mayTokenHelp && options.getToken && !isLastTry) {
      isLastTry = true
      lose(error)
    } else end('refused', error.code, error)
  }

  function lose(error: ClientError, waitMs = 0): void {
    /** Was online for so long: the next loss is a new one, ms. */
    const settledMs = 10_000
    /** A hub that asks for a longer wait, or for none, is not believed, ms. */
    const longestMs = 600_000
    const { state, since } = status
    const wasOnline = state === 'online'
    if (!enter('lost', error.code, error)) return
    drop(true)
    if (wasOnline && environment.now() - since > settledMs) round = 0
    // The same hub again, after a connection that worked; else the next one, and a pause when all were tried.
    const isRoundOver = wasOnline || addresses.failed()
    const isBelievable = waitMs > 0 && waitMs < longestMs
    deadline.later(due, isBelievable ? waitMs : isRoundOver ? pauseMs() : 0)
    owner.lost()
    tell()
  }

  function pauseMs(): number {
    const { minMs = 250, maxMs = 15_000 } = options.backoff ?? {}
    return environment.random() * Math.min(maxMs, minMs * 2 ** round++)
  }

  function due(): void {
    deadline.clear()
    if (!enter('due', 'due')) return
    void attempt()
    tell()
  }

  function end(input: 'close' | 'refused', code: string, error: ClientError): void {
    if (!enter(input, code, input === 'close' ? null : error)) return
    drop(false)
    pulse.stop()
    owner.lost()
    owner.ended(error)
    tell()
  }

  function drop(isDead: boolean): void {
    turn++
    farewell = null
    deadline.clear()
    pulse.heartbeatMs = 0
    pulse.heard()
    const ended = link
    link = null
    ended?.end(isDead)
  }

  function enter(
    input: ConnectionInput,
    code: string,
    error: ClientError | null = null,
    hubId: string | null = null,
  ): boolean {
    const state = connectionTransitions[status.state][input]
    if (!state) return false
    status = { state, code, url: status.url, hubId, since: environment.now(), stale: false, error }
    return true
  }

  function tell(): void {
    statuses.emit(status)
  }

  return {
    onStatus: statuses.add,
    get status() {
      return status
    },
    get link() {
      return link
    },
    get token() {
      return token
    },
    want,
    wake,
    close,
    getToken,
    lose,
  }
}
