import type { WebSocketDbClient, WebSocketDbClientOptions } from '../client/index.ts'
import { createWebSocketDbClient as createAnywhere } from '../client/index.ts'
import { nodeSockets } from './node-sockets.ts'

export * from '../client/index.ts'
export { createCoreClient } from './core.ts'

/** A client for apps that were written for an older one, in Node. Nothing happens before `initializeWebSocket`. */
export function createWebSocketDbClient(options: WebSocketDbClientOptions): WebSocketDbClient {
  return createAnywhere({ ...nodeSockets, ...options })
}
