export { ClientError } from './api/client-error.ts'
export type { ClientEvent } from './api/client-event.ts'
export type {
  ClientOptions,
  ClientStorage,
  CoreClientOptions,
  HubUrl,
  TransportName,
} from './api/client-options.ts'
export type { FetchLike, ResponseLike, WebSocketConstructor, WebSocketLike } from './api/platform-types.ts'
export type {
  AnySchema,
  EventName,
  EventOf,
  EventShape,
  RowOf,
  SchemaShape,
  TableName,
} from './api/schema.ts'
export type { ConnectionState } from './connection/connection-state.ts'
export type { ConnectionStatus } from './connection/connection-status.ts'
export type { CoreClient } from './core-client.ts'
export { createCoreClient } from './create-core-client.ts'
export type { TableClient } from './create-table-client.ts'
export { createTableClient } from './create-table-client.ts'
export type { SubscriptionState } from './machine/subscription-state.ts'
export type { Unlisten } from './platform/listeners.ts'
export type { SendOptions } from './sending/send-options.ts'
export type { EventHandler, Filter } from './subscriptions/filter.ts'
export type { CoreSubscription, Gap, RoomHandle } from './subscriptions/subscription.ts'
export type { LiveTable, TableChange, TableSnapshot, TableStatus } from './tables/live-table.ts'
export type { OrderTerm, TableOptions } from './tables/state/table-request.ts'
