import type { AnySchema, EventName, EventOf, RowOf, SchemaShape, TableName } from '../client/api/schema.ts'
import type { ConnectionStatus } from '../client/connection/connection-status.ts'
import type { Client } from '../client/create-client.ts'
import type { EventHandler } from '../client/subscriptions/filter.ts'
import type { Gap } from '../client/subscriptions/subscription.ts'
import type { TableOptions } from '../client/tables/state/table-request.ts'
import { useCheckpoint } from './hooks/use-checkpoint.ts'
import { useConnection } from './hooks/use-connection.ts'
import { useEvent } from './hooks/use-event.ts'
import type { EventLogOptions } from './hooks/use-event-log.ts'
import { useEventLog } from './hooks/use-event-log.ts'
import { useGap } from './hooks/use-gap.ts'
import { useLatest } from './hooks/use-latest.ts'
import { useLiveTable } from './hooks/use-live-table.ts'
import { usePresence } from './hooks/use-presence.ts'
import { useClient } from './provider/use-client.ts'
import type { EventChoice } from './sources/event-choice.ts'
import type { LiveTableView } from './sources/live-table-source.ts'
import type { PresenceView } from './sources/presence-source.ts'

/** The hooks, knowing the tables and events of a schema. */
export interface Hooks<S extends SchemaShape = AnySchema> {
  /** The client of the nearest provider: for what is done, not shown. */
  useClient(): Client<S>
  /** What the connection is doing. */
  useConnection(): ConnectionStatus
  /** Calls the newest handler for each event while the component is there. */
  useEvent<Name extends EventName<S>>(
    choice: EventChoice<S, Name>,
    handler: EventHandler<EventOf<S, Name>>,
  ): void
  /** The newest event; null before the first one. */
  useLatest<Name extends EventName<S>>(choice: EventChoice<S, Name>): EventOf<S, Name> | null
  /** The last events, the newest last; 100 unless told. */
  useEventLog<Name extends EventName<S>>(
    choice: EventChoice<S, Name>,
    options?: EventLogOptions,
  ): readonly EventOf<S, Name>[]
  /** The rows of a table, always as SQL would return them; options are compared by content. */
  useLiveTable<
    Table extends TableName<S>,
    Column extends keyof RowOf<S, Table> & string = keyof RowOf<S, Table> & string,
  >(
    name: Table | null | undefined,
    options?: TableOptions<RowOf<S, Table>, Column>,
  ): LiveTableView<Pick<RowOf<S, Table>, Column>>
  /** Who is in a room; without a room, everybody; with null nobody is asked for. */
  usePresence(room?: string | null): PresenceView
  /** Calls the newest handler when events are missing. */
  useGap(handler: (gap: Gap) => void): void
  /** Calls the newest handler when what came so far equals the database at a cursor. */
  useCheckpoint(handler: (cursor: string) => void): void
}

const hooks = {
  useClient,
  useConnection,
  useEvent,
  useLatest,
  useEventLog,
  useLiveTable,
  usePresence,
  useGap,
  useCheckpoint,
}

/**
 * The hooks with the types of a schema, as `rtbridge types` writes it. They are the same functions: call it once, and take the
 * hooks from where it is called.
 *
 *     export const { useEvent, useLiveTable } = createHooks<Schema>()
 */
export function createHooks<S extends SchemaShape>(): Hooks<S> {
  return hooks as unknown as Hooks<S>
}
