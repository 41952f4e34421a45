import type { HubMessage } from '../protocol/messages.ts'
import { Addresses } from './addresses.ts'
import { clientError, hubError } from './client-errors.ts'
import type { ClientOptions } from './client-options.ts'
import { Connection } from './connection.ts'
import type { ConnectionStatus, CoreClient, EventHandler, Filter } from './core-client.ts'
import { CursorStore } from './cursor-store.ts'
import type { Environment } from './environment.ts'
import { readEnvironment } from './environment.ts'
import { EventSubscription } from './event-subscription.ts'
import { Handle } from './handle.ts'
import type { Wanted } from './hub-stream.ts'
import { HubStream, wantRoom } from './hub-stream.ts'
import type { Kernel } from './kernel-shape.ts'
import type { OpenLink } from './link.ts'
import { Listeners } from './listeners.ts'
import { newId } from './new-id.ts'
import { Outbox } from './outbox.ts'
import { listenToPage } from './page-events.ts'
import { PresenceRooms } from './presence-rooms.ts'
import { Requests } from './requests.ts'
import type { AnySchema, SchemaShape } from './schema.ts'
import { sseTransport } from './sse-transport.ts'
import { Timers } from './timers.ts'
import { webSocketTransport } from './web-socket-transport.ts'

/**
 * Makes a client, and the host for what keeps state from its stream. Nothing happens before something is wanted.
 * @param environment default: where this code runs
 * @throws RTB_CLIENT_URL
 */
export function openKernel<S extends SchemaShape = AnySchema>(
  options: ClientOptions,
  environment: Environment = readEnvironment(),
): Kernel<S> {
  const machine = new Machine(options, environment)
  return { client: machine.client as unknown as CoreClient<S>, host: machine.stream }
}

type Client = Omit<CoreClient, 'on' | 'subscribe'> & {
  on(types: string | readonly string[], handler: EventHandler<never>, options?: Filter): EventSubscription
  subscribe(filter: Filter, handler?: EventHandler<never>): EventSubscription
}

/** Joins the parts of a client: connection, stream, outbox, presence and store. */
class Machine {
  readonly #options: ClientOptions
  readonly #environment: Environment
  readonly #statuses = new Listeners<ConnectionStatus>()
  readonly #timers: Timers
  readonly #store: CursorStore
  readonly #connection: Connection
  readonly #requests = new Requests(() => this.#connection.link)
  readonly #outbox: Outbox
  readonly #presence: PresenceRooms
  /** Something was wanted; the end of the tick is waited for, so that what is wanted together begins together. */
  #isWanted = false
  #isGoingOn = false
  #isRegistering = false
  #unlisten = () => {}
  readonly stream: HubStream
  readonly client: Client

  constructor(options: ClientOptions, environment: Environment) {
    this.#options = options
    this.#environment = environment
    this.#timers = new Timers(environment)
    this.#store = new CursorStore(options, environment, this.#report)
    const base = environment.page?.href
    const addresses = new Addresses(options.url, base, chooseTransports(options, environment))
    this.#connection = new Connection({ options, environment, addresses, owner: this.#owner() })
    const shared = this.#shared()
    this.stream = new HubStream(shared)
    this.#outbox = new Outbox(shared, options.offlineQueue?.max ?? null)
    this.#presence = new PresenceRooms(shared)
    this.client = this.#face()
  }

  readonly #report = (error: unknown) => {
    try {
      ;(this.#options.onError ?? console.error)(error)
    } catch {
      // Who fails at hearing of failures cannot be told.
    }
  }

  readonly #want = () => {
    if (this.#isWanted) return
    this.#isWanted = true
    this.#unlisten = listenToPage(this.#environment, {
      wake: () => this.#connection.wake(),
      hide: () => void this.#store.flush(),
    })
    this.#timers.later(() => {
      this.#isGoingOn = this.stream.begin()
      this.#connection.want()
    }, 0)
  }

  /** What the parts use of the connection. */
  #shared() {
    const connection = this.#connection
    return {
      requests: this.#requests,
      report: this.#report,
      want: this.#want,
      later: (work: () => void, ms: number) => this.#timers.later(work, ms),
      moved: (cursor: string) => this.#store.save(cursor),
      registerAgain: () => {
        if (this.#isRegistering) return
        this.#isRegistering = true
        this.#timers.later(() => {
          this.#isRegistering = false
          connection.registerAgain()
        }, 0)
      },
      get state() {
        return connection.status.state
      },
      get isOnline() {
        return connection.isOnline
      },
      get isOneWay() {
        return connection.link?.isOneWay === true
      },
    }
  }

  #owner(): ConstructorParameters<typeof Connection>[0]['owner'] {
    return {
      report: this.#report,
      prepare: async () => {
        await this.#store.load()
        if (this.#isGoingOn) this.stream.cursor ??= this.#store.cursor
        this.#isGoingOn = false
      },
      register: () => ({
        app_name: this.#options.appName,
        client_id: this.#store.clientId,
        batch: true,
        ...this.stream.register(),
      }),
      registerRefused: error => this.stream.registerRefused(error),
      receive: message => this.#receive(message),
      lost: () => {
        this.#timers.clear()
        this.#isRegistering = false
        this.#requests.lost()
        this.stream.lost()
        this.#presence.lost()
        this.#outbox.lost()
      },
      ended: error => {
        this.#unlisten()
        this.stream.end(error)
        this.#presence.end(error)
        this.#outbox.end(error)
      },
      statusChanged: status => this.#statuses.emit(status, this.#report),
    }
  }

  #receive(message: HubMessage): void {
    const { message_type: type, data } = message
    const reply = this.#requests.take('in_reply_to' in data ? data.in_reply_to : null)
    if (reply && type === 'error') reply.refused(data)
    else if (reply) reply.answered(data)
    else if (type === 'registered') {
      this.stream.registered(data)
      this.#presence.registered()
      this.#outbox.flush()
    } else if (type === 'presence' || type === 'presence_event') this.#presence.receive(type, data)
    else if (type === 'error') {
      if (data.retry_ms !== undefined) this.#timers.later(() => this.#requests.repeat(), data.retry_ms)
      else this.#report(hubError(data))
    } else this.stream.receive(message)
  }

  #subscribe(filter: Filter, handler?: EventHandler<never>): EventSubscription {
    const { conflateMs, since, where, ...lists } = filter
    const wanted: Record<string, unknown> = { where, since, conflate_ms: conflateMs }
    for (const [name, list] of Object.entries(lists)) if (list !== undefined) wanted[name] = [list].flat()
    const subscription: EventSubscription = new EventSubscription(
      handler as EventHandler<unknown>,
      this.#report,
      () => this.stream.remove(subscription),
    )
    return this.#add(subscription, wanted as Wanted)
  }

  #add<Kind extends Handle>(handle: Kind, wanted: Wanted, id?: string): Kind {
    if (this.#connection.status.state === 'closed') handle.apply('refused', clientError('RTB_CLIENT_CLOSED'))
    else this.stream.add(wanted, handle, id)
    return handle
  }

  #face(): Client {
    const connection = this.#connection
    const stream = this.stream
    const send =
      (durable: boolean) =>
      (type: string, data?: unknown, { room }: { room?: string | undefined } = {}) =>
        this.#outbox.send({
          event_type: type,
          data,
          room,
          ...(durable && { durable, idempotency_key: newId(this.#environment) }),
        })
    const close = async () => {
      this.#timers.clear()
      connection.close()
      await this.#store.flush()
    }
    return {
      get status() {
        return connection.status
      },
      get cursor() {
        return stream.cursor
      },
      onStatus: listener => this.#statuses.add(listener),
      connect: () => this.#whenOnline(),
      close,
      [Symbol.dispose]: () => void close(),
      on: (types, handler, filter) => this.#subscribe({ ...filter, events: types }, handler),
      subscribe: (filter, handler) => this.#subscribe(filter, handler),
      onGap: listener => stream.gaps.add(listener),
      onCheckpoint: listener => stream.checkpoints.add(listener),
      publish: send(true),
      signal: send(false),
      join: room => {
        const handle: Handle = new Handle(this.#report, () => stream.remove(handle))
        return Object.assign(this.#add(handle, wantRoom(room), `room:${room}`), { room })
      },
      presence: (room = undefined) => this.#presence.open(room ?? null),
      setPresence: state => this.#presence.set(state),
    }
  }

  #whenOnline(): Promise<void> {
    this.#want()
    const result = new Promise<void>((resolve, reject) => {
      const look = ({ state, error }: ConnectionStatus) => {
        if (state === 'online') resolve()
        else if (state === 'closed') reject(error ?? clientError('RTB_CLIENT_CLOSED'))
        else return
        end()
      }
      const end = this.#statuses.add(look)
      look(this.#connection.status)
    })
    // Who does not look at the result need not hear of its failure: `onStatus` tells it.
    result.catch(() => {})
    return result
  }
}

function chooseTransports(options: ClientOptions, environment: Environment): OpenLink[] {
  const { transports = ['websocket', 'sse'], parse = JSON.parse } = options
  const WebSocket = options.WebSocket ?? environment.WebSocket
  const fetch = options.fetch ?? environment.fetch
  return transports.flatMap(name => {
    if (name === 'websocket') return WebSocket ? [webSocketTransport(WebSocket, parse)] : []
    return fetch ? [sseTransport(fetch, parse)] : []
  })
}
