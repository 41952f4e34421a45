import type { HubMessage, HubMessageData } from '../../protocol/messages.ts'
import type { ClientError } from '../api/client-error.ts'
import { hubError } from '../api/client-errors.ts'
import type { ClientOptions } from '../api/client-options.ts'
import { Addresses } from '../connection/addresses.ts'
import type { ConnectionOwner } from '../connection/connection.ts'
import { Connection } from '../connection/connection.ts'
import type { OpenLink } from '../connection/link.ts'
import type { Environment } from '../platform/environment.ts'
import { callSafely, Listeners } from '../platform/listeners.ts'
import { newId } from '../platform/new-id.ts'
import { listenToPage } from '../platform/page-events.ts'
import { Timers } from '../platform/timers.ts'
import type { Core, Extension } from './extension.ts'
import { Handle } from './handle.ts'
import { Requests } from './requests.ts'

/** Joins the connection with the parts of a client. */
export class Machine implements Core, ConnectionOwner {
  readonly options: ClientOptions
  readonly environment: Environment
  readonly connection: Connection
  readonly requests = new Requests(() => this.connection.link)
  readonly checkpoints = new Listeners<string>()
  readonly extensions: Extension[] = []
  readonly #timers: Timers
  readonly #online: Handle
  /** Something was wanted; the end of the tick is waited for, so that what is wanted together begins together. */
  #isWanted = false
  /** What `register` was sent with. */
  #sent: readonly string[] = []
  /** What is left out of it: each is asked for by itself afterwards, and gets its own answer. */
  readonly apart = new Set<string>()
  #unlisten = () => {}
  cursor: string | null = null
  clientId: string

  constructor(options: ClientOptions, environment: Environment, transports: readonly OpenLink[]) {
    this.options = options
    this.environment = environment
    this.clientId = options.clientId ?? newId(environment)
    this.#timers = new Timers(environment)
    this.#online = new Handle(this.report, () => {})
    const addresses = new Addresses(options.url, environment.platform.location?.href, transports)
    this.connection = new Connection(this, addresses)
  }

  get state() {
    return this.connection.status.state
  }

  readonly report = (error: unknown) => {
    // Who fails at hearing of failures cannot be told.
    callSafely(
      () => (this.options.onError ?? console.error)(error),
      () => {},
    )
  }

  want(): void {
    if (this.#isWanted || this.state === 'closed') return
    this.#isWanted = true
    this.#unlisten = listenToPage(
      this.environment.platform,
      () => this.connection.wake(),
      () => this.flush(),
    )
    this.later(() => {
      for (const extension of this.extensions) extension.begin?.()
      this.connection.want()
    }, 0)
  }

  later(work: () => void, ms: number): void {
    this.#timers.later(work, ms)
  }

  unsubscribe(id: string): void {
    if (this.state === 'online') this.requests.ask('unsubscribe', { id })
  }

  checkpoint(cursor: string): void {
    for (const extension of this.extensions) extension.checkpoint?.(cursor)
    this.checkpoints.emit(cursor, this.report)
  }

  async flush(): Promise<void> {
    for (const extension of this.extensions) await extension.flush?.()
  }

  close(): Promise<void> {
    this.connection.close()
    return this.flush()
  }

  async prepare(): Promise<void> {
    for (const extension of this.extensions) await extension.prepare?.()
  }

  register() {
    const all = this.extensions.flatMap(extension => extension.register?.() ?? [])
    const subscriptions = all.filter(({ id }) => !this.apart.has(id))
    this.#sent = subscriptions.map(({ id }) => id)
    return {
      app_name: this.options.appName,
      client_id: this.clientId,
      batch: true,
      resume: this.cursor,
      subscriptions,
    }
  }

  registerRefused({ code, subscription }: HubMessageData['error']): boolean | null {
    const refused = this.#sent.filter(id => id === (subscription ?? id))
    for (const id of refused) this.apart.add(id)
    // The hub goes on without a subscription whose room is not open.
    return /^RTB_ROOM_(?!LIMIT)/.test(code) ? null : refused.length > 0
  }

  receive(message: HubMessage): void {
    const { message_type: type, data } = message
    const reply = this.requests.take((data as { in_reply_to?: string } | undefined)?.in_reply_to)
    if (reply && type === 'error') reply.refused?.(data)
    else if (reply) reply.answered?.(data, message)
    else if (type === 'error') this.report(hubError(data))
    else this.#hear(message)
  }

  #hear(message: HubMessage): void {
    const { message_type: type, data } = message
    if (type === 'registered') {
      const taken = new Set(this.#sent.filter(id => !this.apart.has(id)))
      this.apart.clear()
      for (const extension of this.extensions) extension.registered?.(taken, data)
      this.#online.apply('answered')
    } else {
      const events = type === 'events' ? data.events : type === 'realtime_event' ? [data] : []
      for (const extension of this.extensions) {
        extension.receive?.(message)
        for (const event of events) extension.event?.(event)
      }
      if (type !== 'events' && type !== 'checkpoint' && type !== 'gap') return
    }
    const { cursor, resumed } = data as Partial<HubMessageData['registered']>
    // A gap is passed when it was told, not before. And who was closed by a handler has not heard what came behind it.
    if (!cursor || resumed === 'gap' || this.state === 'closed') return
    if (type === 'checkpoint' || (type === 'events' && data.checkpoint)) this.checkpoint(cursor)
    this.cursor = cursor
    for (const extension of this.extensions) extension.moved?.(cursor)
  }

  lost(): void {
    this.#timers.clear()
    this.#online.apply('lost')
    this.requests.lost()
    for (const extension of this.extensions) extension.lost?.()
  }

  ended(error: ClientError): void {
    this.#unlisten()
    this.#online.end(error)
    for (const extension of this.extensions) extension.ended?.(error)
  }

  /** @throws ClientError when it is closed before */
  whenOnline(): Promise<void> {
    this.want()
    const result = this.#online.ready()
    // Who does not look at the result need not hear of its failure: `onStatus` tells it.
    result.catch(() => {})
    return result
  }
}
