import type {
  AnySchema,
  Client,
  ClientOptions,
  SchemaShape,
  WebSocketDbClient,
  WebSocketDbClientOptions,
} from '../client/index.ts'
import {
  createWebSocketDbClient as createAnywhere,
  createClient as createClientAnywhere,
} from '../client/index.ts'
import { nodeSockets, withNodeSockets } from './node-sockets.ts'

export * from '../client/index.ts'
export { createCoreClient, createTableClient } from './core.ts'

/** A client for apps that were written for an older one, in Node. Nothing happens before `initializeWebSocket`. */
export function createWebSocketDbClient(options: WebSocketDbClientOptions): WebSocketDbClient {
  return createAnywhere({ ...nodeSockets, ...options })
}

/**
 * Makes a client, in Node. Nothing happens before something is wanted.
 * @throws RTB_CLIENT_URL
 */
export function createClient<S extends SchemaShape = AnySchema>(options: ClientOptions): Client<S> {
  return createClientAnywhere<S>(withNodeSockets(options))
}
