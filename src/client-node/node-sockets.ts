import { WebSocket } from 'ws'
import type { ClientOptions } from '../client/core.ts'

/** The sockets of `ws`, as an option: Node 20 has none of its own. */
export const nodeSockets = { WebSocket } satisfies Partial<ClientOptions>

/** The options of a client, with the sockets of `ws` where no others are given. */
export function withNodeSockets(options: ClientOptions): ClientOptions {
  return { ...nodeSockets, ...options }
}
