import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Identify } from '../../access/identify.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import type { Hub } from '../../hub/hub.ts'
import { queryOf } from '../query.ts'
import { showCredentials } from '../show-credentials.ts'
import { readEventsQuery } from './events-query.ts'
import type { SsePeer } from './sse-peer.ts'
import { createSsePeer } from './sse-peer.ts'

export interface EventStreamsOptions {
  readonly hub: Hub
  readonly identify: Identify
  /** Pause between two probes of a stream, milliseconds. */
  readonly keepAliveMs: number
  /** How long a polite close may take, milliseconds. */
  readonly closeWithinMs: number
}

/** The event streams of an HTTP server. */
export interface EventStreams {
  /**
   * Answers `GET /events` with the events of the hub, for as long as the client stays.
   * @throws RTB_QUERY_UNKNOWN RTB_QUERY_INVALID RTB_SUBSCRIPTION_WHERE RTB_SUBSCRIPTION_DUPLICATE RTB_HUB_FULL RTB_AUTH_*,
   *   all of them before the head of the answer is sent
   */
  serve(request: IncomingMessage, response: ServerResponse): Promise<void>
  /** Ends the probing. The hub ends the streams. */
  close(): void
}

/** Lets clients read the hub's events as server-sent events. */
export function openEventStreams({
  hub,
  identify,
  keepAliveMs,
  closeWithinMs,
}: EventStreamsOptions): EventStreams {
  const peers = new Set<SsePeer>()
  const timer = setInterval(() => {
    for (const peer of peers) peer.probe()
  }, keepAliveMs)
  timer.unref()
  return {
    async serve(request, response) {
      const query = queryOf(request.url)
      const lastEventId = request.headers['last-event-id']
      const registration = readEventsQuery(query, {
        lastEventId: lastEventId === undefined ? undefined : String(lastEventId),
        limits: hub.frameLimits,
      })
      const shown = showCredentials(request, query)
      const identity = await identify(shown)
      if (response.destroyed) return
      const peer = createSsePeer(response, shown.address, closeWithinMs)
      const connection = hub.connect(peer, identity)
      if (peer.isRefused) throw rtbridgeError('RTB_HUB_FULL', {})
      peers.add(peer)
      response.once('close', () => {
        peers.delete(peer)
        connection.closed()
      })
      peer.open()
      connection.register(registration)
    },
    close: () => clearInterval(timer),
  }
}
