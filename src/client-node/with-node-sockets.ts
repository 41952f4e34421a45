import { WebSocket } from 'ws'
import type { ClientOptions } from '../client/core.ts'

/** The options of a client, with the sockets of `ws` where no others are given: Node 20 has none of its own. */
export function withNodeSockets(options: ClientOptions): ClientOptions {
  return { ...options, WebSocket: options.WebSocket ?? WebSocket }
}
