import type { ClientOptions } from './api/client-options.ts'
import { wholeClientError } from './api/whole-client-errors.ts'
import { withReachCheck } from './connection/check-reach.ts'
import type { OpenLink } from './connection/link.ts'
import { withWayBack } from './connection/with-way-back.ts'
import type { CoreClient } from './core-client.ts'
import { sseTransport } from './event-stream/sse-transport.ts'
import { SignInRenewal } from './machine/sign-in-renewal.ts'
import type { OpenedCore } from './open-core.ts'
import { openCore, webSockets } from './open-core.ts'
import type { Environment } from './platform/environment.ts'
import type { Presence } from './presence/presence-handle.ts'
import { PresenceRooms } from './presence/presence-rooms.ts'
import { HeldLetters } from './sending/held-letters.ts'
import { TooLargeMessages } from './sending/too-large-messages.ts'
import { CursorStore } from './subscriptions/cursor-store.ts'
import { createIterableSubscription } from './subscriptions/iterable-subscription.ts'

/** A client with everything but live tables, and what more can be joined to. */
export interface OpenedWholeClient extends OpenedCore {
  readonly client: OpenedCore['client'] & Presence
}

/**
 * Makes a client with everything but live tables. Nothing happens before something is wanted.
 * @throws RTB_CLIENT_URL
 */
export function openWholeClient(options: ClientOptions, environment: Environment): OpenedWholeClient {
  const transports = chooseTransports(options, environment)
  const opened = openCore(options, environment, transports, createIterableSubscription)
  const { client, machine, subscriptions, outbox } = opened
  const presence = new PresenceRooms(machine)
  const store = new CursorStore(machine, subscriptions, environment)
  // Before the outbox makes what was on its way wait for the next connection.
  machine.extensions.unshift(new TooLargeMessages(machine, subscriptions, outbox))
  machine.extensions.push(
    presence,
    store,
    new HeldLetters(machine, outbox),
    new SignInRenewal(machine, environment),
  )
  const more = {
    publish: queueOffline(opened, options.offlineQueue?.max ?? 0),
    presence: (room?: string) => presence.open(room ?? null),
    setPresence: (state: 'online' | 'away') => presence.set(state),
  }
  return { ...opened, client: Object.assign(client, more) }
}

/** `publish` that lets up to `max` events wait while offline. */
function queueOffline({ client, machine, outbox }: OpenedCore, max: number): CoreClient['publish'] {
  const { publish } = client
  outbox.max = max
  return (...event) => {
    // A hub that has lost its database stores as little as one that is away.
    const isAway = machine.state !== 'online' || machine.connection.status.stale
    const isFull = max > 0 && isAway && outbox.letters.size >= max
    return isFull ? Promise.reject(wholeClientError('RTB_CLIENT_QUEUE_FULL', `${max}`)) : publish(...event)
  }
}

function chooseTransports(options: ClientOptions, environment: Environment): OpenLink[] {
  const { transports = ['websocket', 'sse'], parse = JSON.parse, webSocketRetryMs = 180_000 } = options
  const { fetch = environment.platform.fetch } = options
  const chosen: OpenLink[] = []
  for (const name of transports) {
    const found =
      name === 'websocket' ? webSockets(options, environment) : fetch ? [sseTransport(fetch, parse)] : []
    const [better] = chosen
    for (const each of found) {
      const open = withReachCheck(each, environment)
      chosen.push(better && name === 'sse' ? withWayBack(open, better, environment, webSocketRetryMs) : open)
    }
  }
  return chosen
}
