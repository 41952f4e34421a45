import { isRetryable } from '../../protocol/close-codes.ts'
import type { HubMessage, HubMessageData, RegisterData } from '../../protocol/messages.ts'
import { ClientError } from '../api/client-error.ts'
import { clientError, hubError } from '../api/client-errors.ts'
import type { ClientOptions } from '../api/client-options.ts'
import type { Environment } from '../platform/environment.ts'
import { Listeners } from '../platform/listeners.ts'
import { Timers } from '../platform/timers.ts'
import type { Addresses } from './addresses.ts'
import type { ConnectionInput, ConnectionState } from './connection-state.ts'
import { connectionTransitions } from './connection-state.ts'
import type { ConnectionStatus } from './connection-status.ts'
import type { Link } from './link.ts'
import { Pulse } from './pulse.ts'

/** What the connection asks of those who use it, and tells them. */
export interface ConnectionOwner {
  readonly options: ClientOptions
  readonly environment: Environment
  /** Is awaited before each attempt. */
  prepare(): Promise<void>
  /** What to register with; the token is added. */
  register(): RegisterData
  /**
   * `register` was answered with an error that is not about who the client is.
   * @returns true: register again, on the same connection; null: another answer will come
   */
  registerRefused(error: HubMessageData['error']): boolean | null
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
/** Was online for so long: the next loss is a new one, ms. */
const settledMs = 10_000

/** A hub that asks for a longer wait, or for none, is not believed, ms. */
const longestMs = 600_000

/** Refusals that another token may mend. */
const tokenRefused = /^RTB_AUTH_(REQUIRED|INVALID|EXPIRED|REVOKED)$/

/** The connection to the hubs: one link after another, each tried again until it is closed. */
export class Connection {
  readonly #addresses: Addresses
  readonly #owner: ConnectionOwner
  readonly #pulse: Pulse
  /** The end of the attempt, or of the pause before the next. */
  readonly #deadline: Timers
  /** Grows with each attempt and loss: what belongs to an earlier one is not listened to. */
  #turn = 0
  #round = 0
  /** The one that this connection signed in with; undefined = none. */
  token: string | undefined
  /** A token was refused, and a fresh one is being tried. */
  #isLastTry = false
  /** Why, and for how long, the hub goes away. */
  #farewell: HubMessageData['going_away'] | null = null
  readonly statuses = new Listeners<ConnectionStatus>()
  link: Link | null = null
  status: ConnectionStatus

  constructor(owner: ConnectionOwner, addresses: Addresses) {
    const { options, environment } = owner
    this.#addresses = addresses
    this.#owner = owner
    this.#deadline = new Timers(environment)
    this.status = this.#describe('idle', 'new')
    this.#pulse = new Pulse({
      environment,
      probeTimeoutMs: options.probeTimeoutMs ?? 5_000,
      ping: () => this.link?.send('ping', {}),
      dead: () => this.lose(clientError('RTB_CLIENT_SILENT')),
      woke: () => this.wake(),
    })
  }

  /** Something needs it. */
  want(): void {
    if (!this.#enter('want', 'wanted')) return
    this.#pulse.start()
    // First: who hears of the attempt may close the client, and so end it.
    void this.#attempt()
    this.#tell()
  }

  /** There is a reason to look: to try again at once, or to probe. */
  wake(): void {
    if (this.status.state === 'retrying') this.#due()
    else this.#pulse.probe()
  }

  close(): void {
    this.#end('close', 'closed', clientError('RTB_CLIENT_CLOSED'))
  }

  async #attempt(): Promise<void> {
    const turn = ++this.#turn
    const isOver = () => turn !== this.#turn
    const { connectTimeoutMs = 10_000 } = this.#owner.options
    this.#deadline.later(() => this.lose(clientError('RTB_CLIENT_CONNECT_TIMEOUT')), connectTimeoutMs)
    try {
      await this.#owner.prepare()
      const { url, open } = await this.#addresses.next()
      if (isOver()) return
      this.status = { ...this.status, url: url.href }
      this.token = await this.askToken()
      if (isOver()) return
      this.link = open(url, {
        opened: () => this.#register(),
        heard: () => this.#pulse.heard(),
        message: message => this.#receive(message),
        closed: (code, error) => this.#closed(code, error),
      })
    } catch (error) {
      if (isOver()) return
      this.lose(error instanceof ClientError ? error : clientError('RTB_CLIENT_CONNECT_FAILED', '', error))
    }
  }

  /** @throws RTB_CLIENT_TOKEN */
  async askToken(): Promise<string | undefined> {
    try {
      return (await this.#owner.options.getToken?.()) ?? undefined
    } catch (error) {
      throw clientError('RTB_CLIENT_TOKEN', '', error)
    }
  }

  #register(): void {
    this.link?.send('register', { ...this.#owner.register(), token: this.token })
  }

  #receive(message: HubMessage): void {
    const { message_type: type, data } = message
    // Who answers is there, and may take its time: the pulse watches it from here on.
    this.#deadline.clear()
    this.#pulse.heartbeatMs ||= patienceMs
    if (type === 'registered') this.#registered(message, data)
    else if (type === 'hubs') this.#addresses.learn(data.hubs)
    else if (type === 'going_away') this.#farewell = data
    else if (type === 'status') this.#stale(data)
    else if (type !== 'error') this.#owner.receive(message)
    else if (this.status.state !== 'online') this.#registerRefused(data)
    // Something was dropped, and it is not said what: it is sent again with the next connection, or was too large.
    else if (data.in_reply_to === null && /^RTB_(LIMIT|FRAME)/.test(data.code))
      this.lose(hubError(data), data.retry_ms)
    else this.#owner.receive(message)
  }

  #registered(message: HubMessage, data: HubMessageData['registered']): void {
    // A hub that has just started knows none yet: those that were known stay.
    if (data.hubs) this.#addresses.learn(data.hubs)
    if (!this.#enter('registered', 'registered', null, data.hub_id)) return
    this.#pulse.heartbeatMs = data.heartbeat_ms || patienceMs
    this.#isLastTry = false
    this.#owner.receive(message)
    this.#tell()
  }

  #registerRefused(error: HubMessageData['error']): void {
    const { code, retry_ms: retryMs } = error
    if (tokenRefused.test(code)) this.#refused(hubError(error), true)
    else if (/^RTB_AUTH_/.test(code) || retryMs) this.lose(hubError(error), retryMs)
    else {
      const mayRetry = this.#owner.registerRefused(error)
      if (mayRetry) this.#register()
      else if (mayRetry === false) this.lose(hubError(error))
    }
  }

  #stale({ state, reason }: HubMessageData['status']): void {
    const stale = state === 'stale'
    if (this.status.stale === stale) return
    this.status = { ...this.status, stale, code: reason ?? state }
    this.#tell()
  }

  #closed(code: number, error: ClientError): void {
    // 4500 to 4502 are about the sign-in.
    if (!isRetryable(code)) this.#refused(error, code < 4503)
    else if (this.#farewell) this.lose(clientError('RTB_CLIENT_GOING_AWAY'), this.#farewell.retry_ms)
    else this.lose(error)
  }

  #refused(error: ClientError, mayTokenHelp: boolean): void {
    if (mayTokenHelp && this.#owner.options.getToken && !this.#isLastTry) {
      this.#isLastTry = true
      this.lose(error)
    } else this.#end('refused', error.code, error)
  }

  /**
   * Gives the connection up, and tries again.
   * @param waitMs before the next attempt; 0 = random, longer from time to time; default 0
   */
  lose(error: ClientError, waitMs = 0): void {
    const { state, since } = this.status
    const wasOnline = state === 'online'
    if (!this.#enter('lost', error.code, error)) return
    this.#drop(true)
    if (wasOnline && this.#owner.environment.now() - since > settledMs) this.#round = 0
    // The same hub again, after a connection that worked; else the next one, and a pause when all were tried.
    const isRoundOver = wasOnline || this.#addresses.failed()
    const isBelievable = waitMs > 0 && waitMs < longestMs
    this.#deadline.later(() => this.#due(), isBelievable ? waitMs : isRoundOver ? this.#pauseMs() : 0)
    this.#owner.lost()
    this.#tell()
  }

  #pauseMs(): number {
    const { minMs = 250, maxMs = 15_000 } = this.#owner.options.backoff ?? {}
    return this.#owner.environment.random() * Math.min(maxMs, minMs * 2 ** this.#round++)
  }

  #due(): void {
    this.#deadline.clear()
    if (!this.#enter('due', 'due')) return
    void this.#attempt()
    this.#tell()
  }

  #end(input: 'close' | 'refused', code: string, error: ClientError): void {
    if (!this.#enter(input, code, input === 'close' ? null : error)) return
    this.#drop(false)
    this.#pulse.stop()
    this.#owner.lost()
    this.#owner.ended(error)
    this.#tell()
  }

  #drop(isDead: boolean): void {
    this.#turn++
    this.#farewell = null
    this.#deadline.clear()
    this.#pulse.heartbeatMs = 0
    this.#pulse.heard()
    const { link } = this
    this.link = null
    link?.end(isDead)
  }

  #enter(input: ConnectionInput, code: string, error?: ClientError | null, hubId?: string) {
    const state = connectionTransitions[this.status.state][input]
    if (!state) return false
    this.status = this.#describe(state, code, error, hubId)
    return true
  }

  #describe(
    state: ConnectionState,
    code: string,
    error: ClientError | null = null,
    hubId: string | null = null,
  ) {
    const since = this.#owner.environment.now()
    return { state, code, url: this.status?.url ?? null, hubId, since, stale: false, error }
  }

  #tell(): void {
    this.statuses.emit(this.status, this.#owner.report)
  }
}
