import type { HubMessage, HubMessageData } from '../../protocol/messages.ts'
import { hubError } from '../api/client-errors.ts'
import type { ClientOptions } from '../api/client-options.ts'
import { createAddresses } from '../connection/addresses.ts'
import type { Connection, ConnectionOwner } from '../connection/connection.ts'
import { createConnection } from '../connection/connection.ts'
import type { OpenLink } from '../connection/link.ts'
import type { Environment } from '../platform/environment.ts'
import { callSafely, createListeners, type Listeners } from '../platform/listeners.ts'
import { newId } from '../platform/new-id.ts'
import { listenToPage } from '../platform/page-events.ts'
import { createTimers } from '../platform/timers.ts'
import type { Core, Extension } from './extension.ts'
import { createRequests } from './requests.ts'
import { whenLive } from './when-live.ts'

/** Joins the connection with the parts of a client. */
export interface Machine extends Core {
  readonly connection: Connection
  readonly onCheckpoint: Listeners<string>['add']
  readonly extensions: Extension[]
  /** What is left out of `register`: each is asked for by itself afterwards, and gets its own answer. What has ended since is no more. */
  readonly apart: Set<string>
  close(): Promise<void>
  /** @throws ClientError when it is closed before */
  connect(): Promise<void>
}

export function createMachine(
  options: ClientOptions,
  environment: Environment,
  transports: readonly OpenLink[],
): Machine {
  const extensions: Extension[] = []
  const apart = new Set<string>()
  const timers = createTimers(environment)
  const requests = createRequests(() => connection.link)
  const checkpoints = createListeners<string>(report)
  /** Something was wanted; the end of the tick is waited for, so that what is wanted together begins together. */
  let isWanted = false
  /** What `register` was sent with, without what the hub did not take. */
  let sent = new Set<string>()
  let unlisten = () => {}

  function report(error: unknown): void {
    // Who fails at hearing of failures cannot be told.
    callSafely(
      () => (options.onError ?? console.error)(error),
      () => {},
    )
  }

  async function flush(): Promise<void> {
    for (const extension of extensions) await extension.flush?.()
  }

  function hear(message: HubMessage): void {
    const { message_type: type, data } = message
    if (type === 'registered') {
      for (const id of apart) if (sent.delete(id)) machine.unsubscribe(id)
      apart.clear()
      for (const extension of extensions) extension.registered?.(sent, data)
    } else {
      const events = type === 'events' ? data.events : type === 'realtime_event' ? [data] : []
      for (const extension of extensions) {
        extension.receive?.(message)
        for (const event of events) extension.event?.(event)
      }
      if (type !== 'events' && type !== 'checkpoint' && type !== 'gap') return
    }
    const { cursor, resumed } = data as Partial<HubMessageData['registered']>
    // A gap is passed when it was told, not before. And who was closed by a handler has not heard what came behind it.
    if (!cursor || resumed === 'gap' || machine.state === 'closed') return
    if (type === 'checkpoint' || (type === 'events' && data.checkpoint)) machine.checkpoint(cursor)
    machine.cursor = cursor
    for (const extension of extensions) extension.moved?.(cursor)
  }

  const owner: ConnectionOwner = {
    options,
    report,

    async prepare() {
      for (const extension of extensions) await extension.prepare?.()
    },

    register() {
      const all = extensions.flatMap(extension => extension.register?.() ?? [])
      const subscriptions = all.filter(({ id }) => !apart.has(id))
      sent = new Set(subscriptions.map(({ id }) => id))
      return {
        app_name: options.appName,
        client_id: machine.clientId,
        batch: true,
        resume: machine.cursor,
        subscriptions,
      }
    },

    refused({ code, subscription }) {
      const { size } = sent
      for (const id of subscription ? [subscription] : sent) if (sent.delete(id)) apart.add(id)
      // The hub goes on without a subscription whose room is not open.
      return /^RTB_ROOM_(?!LIMIT)/.test(code) ? null : sent.size < size
    },

    receive(message) {
      const { message_type: type, data } = message
      const reply = requests.take((data as { in_reply_to?: string } | undefined)?.in_reply_to)
      if (reply && type === 'error') reply.refused?.(data)
      else if (reply) reply.answered?.(data, message)
      else if (type === 'error') report(hubError(data))
      else hear(message)
    },

    lost() {
      timers.clear()
      requests.lost()
      for (const extension of extensions) extension.lost?.()
    },

    ended(error) {
      unlisten()
      for (const extension of extensions) extension.ended?.(error)
    },
  }

  const addresses = createAddresses(options.url, environment.platform.location?.href, transports)
  const connection = createConnection(owner, addresses, environment)

  const machine: Machine = {
    options,
    monotonicNow: environment.monotonicNow,
    requests,
    connection,
    onCheckpoint: checkpoints.add,
    extensions,
    apart,
    report,
    later: timers.later,
    cursor: null,
    clientId: options.clientId ?? newId(environment),

    get state() {
      return connection.status.state
    },

    want() {
      if (isWanted || machine.state === 'closed') return
      isWanted = true
      unlisten = listenToPage(environment.platform, connection.wake, flush)
      timers.later(() => {
        for (const extension of extensions) extension.begin?.()
        connection.want()
      }, 0)
    },

    unsubscribe(id) {
      if (machine.state === 'online') requests.ask('unsubscribe', { id })
      else apart.add(id)
    },

    checkpoint(cursor) {
      for (const extension of extensions) extension.checkpoint?.(cursor)
      checkpoints.emit(cursor)
    },

    close() {
      connection.close()
      return flush()
    },

    connect() {
      machine.want()
      const result = whenLive(() => connection.status, connection.onStatus)
      // Who does not look at the result need not hear of its failure: `onStatus` tells it.
      result.catch(() => {})
      return result
    },
  }
  return machine
}
