import type { ConnectionStatus, EventHandler, Gap } from '../client/core-client.ts'
import type { Client } from '../client/create-client.ts'
import type { AnySchema, EventName, EventOf, RowOf, SchemaShape, TableName } from '../client/schema.ts'
import type { TableOptions } from '../client/tables/table-request.ts'
import type { EventChoice } from './event-choice.ts'
import type { LiveTableView } from './live-table-source.ts'
import type { PresenceView } from './presence-source.ts'
import { useCheckpoint } from './use-checkpoint.ts'
import { useClient } from './use-client.ts'
import { useConnection } from './use-connection.ts'
import { useEvent } from './use-event.ts'
import type { EventLogOptions } from './use-event-log.ts'
import { useEventLog } from './use-event-log.ts'
import { useGap } from './use-gap.ts'
import { useLatest } from './use-latest.ts'
import { useLiveTable } from './use-live-table.ts'
import { usePresence } from './use-presence.ts'

/** The hooks, knowing the tables and events of a schema. What each does stands with the hook itself. */
export interface Hooks<S extends SchemaShape = AnySchema> {
  useClient(): Client<S>
  useConnection(): ConnectionStatus
  useEvent<Name extends EventName<S>>(
    choice: EventChoice<S, Name>,
    handler: EventHandler<EventOf<S, Name>>,
  ): void
  useLatest<Name extends EventName<S>>(choice: EventChoice<S, Name>): EventOf<S, Name> | null
  useEventLog<Name extends EventName<S>>(
    choice: EventChoice<S, Name>,
    options?: EventLogOptions,
  ): readonly EventOf<S, Name>[]
  useLiveTable<
    Table extends TableName<S>,
    Column extends keyof RowOf<S, Table> & string = keyof RowOf<S, Table> & string,
  >(
    name: Table | null | undefined,
    options?: TableOptions<RowOf<S, Table>, Column>,
  ): LiveTableView<Pick<RowOf<S, Table>, Column>>
  usePresence(room?: string | null): PresenceView
  useGap(handler: (gap: Gap) => void): void
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
