export { ClientError } from './client-error.ts'
export type { ClientEvent } from './client-event.ts'
export type {
  ClientOptions,
  ClientStorage,
  CoreClientOptions,
  HubUrl,
  TransportName,
} from './client-options.ts'
export type { ConnectionState } from './connection-state.ts'
export type {
  ConnectionStatus,
  CoreClient,
  CoreSubscription,
  EventHandler,
  Filter,
  Gap,
  RoomHandle,
  SendOptions,
  Unlisten,
} from './core-client.ts'
export { createCoreClient } from './create-core-client.ts'
export type { TableClient } from './create-table-client.ts'
export { createTableClient } from './create-table-client.ts'
export type { FetchLike, ResponseLike, WebSocketConstructor, WebSocketLike } from './platform-types.ts'
export type { AnySchema, EventName, EventOf, EventShape, RowOf, SchemaShape, TableName } from './schema.ts'
export type { SubscriptionState } from './subscription-state.ts'
export type { LiveTable, TableChange, TableSnapshot, TableStatus } from './tables/live-table.ts'
export type { OrderTerm, TableOptions } from './tables/table-request.ts'
