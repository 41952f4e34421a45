import type { ClientEvent } from './api/client-event.ts'
import type { ClientOptions } from './api/client-options.ts'
import type { ConnectionStatus } from './connection/connection-status.ts'
import type { WholeClient } from './core-client.ts'
import { openWholeClient } from './open-whole-client.ts'
import { readEnvironment } from './platform/environment.ts'
import type { Unlisten } from './platform/listeners.ts'
import { createSeenEvents } from './subscriptions/create-seen-events.ts'
import type { Filter } from './subscriptions/filter.ts'
import type { CoreSubscription } from './subscriptions/subscription.ts'

/** What {@link createWebSocketDbClient} takes. */
export interface WebSocketDbClientOptions extends Omit<ClientOptions, 'appName'> {
  /** What older names mean: `{ 'booking-change': { tables: 'bookings' } }`. */
  readonly aliases?: Readonly<Record<string, Filter>> | undefined
}

/** What `getWebSocketStatus()` tells. */
export interface WebSocketDbStatus extends Pick<ConnectionStatus, 'state' | 'code' | 'url' | 'stale'> {
  readonly connected: boolean
}

/** A client with the names that older apps use. */
export interface WebSocketDbClient {
  /**
   * Begins; what was listened for before is subscribed with it. A second call does nothing but wait.
   * @returns once it is connected
   * @throws ClientError when it is closed before
   */
  initializeWebSocket(appName: string): Promise<void>
  /**
   * Hears of events, each once.
   * @param type an event type, a channel, a table, or a name of `aliases`
   */
  onWebSocketEvent(type: string, callback: (event: ClientEvent) => unknown): Unlisten
  getWebSocketStatus(): WebSocketDbStatus
  /** Sends a signal to who is there now; that it could not be sent goes to `onError`. */
  broadcastToOtherApps(type: string, data?: unknown): void
  close(): Promise<void>
}

/** A client for apps that were written for an older one. Nothing happens before `initializeWebSocket`. */
export function createWebSocketDbClient({
  aliases = {},
  ...options
}: WebSocketDbClientOptions): WebSocketDbClient {
  const report = options.onError ?? console.error
  const waiting = new Set<(client: WholeClient) => void>()
  let client: WholeClient | null = null
  let gaps = 0

  function open(appName: string): WholeClient {
    const opened = openWholeClient({ ...options, appName }, readEnvironment())
    opened.machine.extensions.push({ receive: message => void (message.message_type === 'gap' && gaps++) })
    return opened.client as unknown as WholeClient
  }

  /** Each of the filters may let an event pass, one right after the other, or later, when it gets its past beside the stream. */
  function once(callback: (event: ClientEvent) => unknown) {
    const isNew = createSeenEvents()
    // After a gap the same ids can stand for other events.
    return (event: ClientEvent) => (isNew(`${gaps}`, event.event_id) ? callback(event) : undefined)
  }

  return {
    initializeWebSocket(appName) {
      client ??= open(appName)
      for (const subscribe of waiting) subscribe(client)
      waiting.clear()
      return client.connect()
    },
    onWebSocketEvent(type, callback) {
      let subscriptions: CoreSubscription[] = []
      const subscribe = (to: WholeClient) => {
        const filters = Object.hasOwn(aliases, type) ? [aliases[type]] : filtersOf(type)
        const hear = once(callback)
        subscriptions = filters.map(filter => to.subscribe(filter ?? {}, hear))
      }
      if (client) subscribe(client)
      else waiting.add(subscribe)
      return () => {
        waiting.delete(subscribe)
        for (const subscription of subscriptions) subscription.close()
      }
    },
    getWebSocketStatus() {
      const { state, code, url, stale } = client?.status ?? {
        state: 'idle',
        code: 'new',
        url: null,
        stale: false,
      }
      return { connected: state === 'online', state, code, url, stale }
    },
    broadcastToOtherApps(type, data) {
      if (client) client.signal(type, data).catch(report)
      else report(new Error('call initializeWebSocket before broadcastToOtherApps'))
    },
    close: async () => client?.close(),
  }
}

/** The lists of one filter are AND; a name may be any of the three. */
function filtersOf(name: string): Filter[] {
  return [{ events: name }, { channels: name }, { tables: name }]
}
