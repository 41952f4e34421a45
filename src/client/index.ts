export * from './core.ts'
export type { WholeClient } from './core-client.ts'
export type { Client } from './create-client.ts'
export { createClient } from './create-client.ts'
export type {
  WebSocketDbClient,
  WebSocketDbClientOptions,
  WebSocketDbStatus,
} from './create-web-socket-db-client.ts'
export { createWebSocketDbClient } from './create-web-socket-db-client.ts'
export type { Presence, PresenceHandle } from './presence/presence-handle.ts'
export type { Subscription } from './subscriptions/subscription.ts'
