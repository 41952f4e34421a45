import { clientError } from './api/client-errors.ts'
import type { ClientOptions } from './api/client-options.ts'
import type { OpenLink } from './connection/link.ts'
import { webSocketTransport } from './connection/web-socket-transport.ts'
import type { CoreClient } from './core-client.ts'
import { createHandle, type Handle } from './machine/handle.ts'
import { createMachine, type Machine } from './machine/machine.ts'
import type { Environment } from './platform/environment.ts'
import { readEnvironment } from './platform/environment.ts'
import { newId } from './platform/new-id.ts'
import { createOutbox, type Outbox } from './sending/outbox.ts'
import { createEventSubscription } from './subscriptions/event-subscription.ts'
import type { EventHandler, Filter } from './subscriptions/filter.ts'
import type { Subscriptions, Wanted } from './subscriptions/subscriptions.ts'
import { createSubscriptions, noEvent } from './subscriptions/subscriptions.ts'

/** The client as it is inside, where types of a schema mean nothing. */
type UntypedClient = Omit<CoreClient, 'on' | 'subscribe'> & {
  on(types: string | readonly string[], handler: EventHandler<never>, filter?: Filter): Handle
  subscribe(filter: Filter, handler?: EventHandler<never>): Handle
}

/** A client, and what more can be joined to. */
export interface OpenedCore {
  readonly client: UntypedClient
  readonly machine: Machine
  readonly subscriptions: Subscriptions
  readonly outbox: Outbox
}

/** The transport of `websocket`, or none where there are no sockets. */
export function webSockets(
  { WebSocket, parse = JSON.parse }: ClientOptions,
  environment: Environment,
): OpenLink[] {
  const Socket = WebSocket ?? environment.platform.WebSocket
  return Socket ? [webSocketTransport(Socket, parse)] : []
}

/**
 * Makes a client of what every client has.
 * @param environment default: where this code runs
 * @param transports default: that of `websocket`
 * @param createSubscription makes what `on` and `subscribe` give
 * @throws RTB_CLIENT_URL
 */
export function openCore(
  options: ClientOptions,
  environment: Environment = readEnvironment(),
  transports: readonly OpenLink[] = webSockets(options, environment),
  createSubscription = createEventSubscription,
): OpenedCore {
  const machine = createMachine(options, environment, transports)
  const subscriptions = createSubscriptions(machine)
  const outbox = createOutbox(machine)
  machine.extensions.push(subscriptions, outbox)

  const add = <Kind extends Handle>(handle: Kind, wanted: Wanted): Kind => {
    if (machine.state === 'closed') handle.end(clientError('RTB_CLIENT_CLOSED'))
    else subscriptions.add(handle, wanted)
    return handle
  }
  const subscribe: UntypedClient['subscribe'] = (filter, handler) => {
    const handle: Handle = createSubscription(handler as EventHandler<unknown>, machine.report, () =>
      subscriptions.remove(handle),
    )
    return add(handle, readFilter(filter))
  }
  const send =
    (durable: boolean): CoreClient['publish'] =>
    (type, data, { room } = {}) => {
      const key = durable && { durable, idempotency_key: newId(environment) }
      return outbox.send({ event_type: type, data, room, ...key })
    }

  const client: UntypedClient = {
    get status() {
      return machine.connection.status
    },
    get cursor() {
      return machine.cursor
    },
    onStatus: machine.connection.onStatus,
    connect: machine.connect,
    close: machine.close,
    [Symbol.dispose]: machine.close,
    on: (events, handler, filter) => subscribe({ ...filter, events }, handler),
    subscribe,
    onGap: subscriptions.onGap,
    onCheckpoint: machine.onCheckpoint,
    publish: send(true),
    signal: send(false),
    join: room => {
      const handle: Handle = createHandle(machine.report, () => subscriptions.remove(handle))
      return Object.assign(add(handle, { rooms: [room], events: [noEvent] }), { room })
    },
  }
  return { client, machine, subscriptions, outbox }
}

/** A filter in the words of the protocol, its fields always in the same order. */
function readFilter({ events, tables, channels, rooms, where, since, conflateMs }: Filter): Wanted {
  return {
    events: toList(events),
    tables: toList(tables),
    channels: toList(channels),
    rooms: toList(rooms),
    where,
    since,
    conflate_ms: conflateMs,
  }
}

function toList(names: string | readonly string[] | undefined): readonly string[] | undefined {
  return typeof names === 'string' ? [names] : names
}
