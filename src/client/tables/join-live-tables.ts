import type { RowOf, SchemaShape, TableName } from '../api/schema.ts'
import type { Machine } from '../machine/machine.ts'
import { createStreamParts } from '../machine/stream-parts.ts'
import type { LiveTable } from './live-table.ts'
import { openTables } from './open-tables.ts'
import type { TableOptions } from './state/table-request.ts'

/** What live tables add to a client. */
export interface Tables<S extends SchemaShape> {
  /**
   * The rows of a table as they are now, and from then on always as SQL would return them. Equal tables share their rows;
   * each is closed by itself.
   * @param name as events name it: `name` in schema public, else `schema.name`
   * @throws ClientError RTB_CLIENT_TABLE
   */
  table<
    Name extends TableName<S>,
    Column extends keyof RowOf<S, Name> & string = keyof RowOf<S, Name> & string,
  >(name: Name, options?: TableOptions<RowOf<S, Name>, Column>): LiveTable<Pick<RowOf<S, Name>, Column>>
}

/** Joins live tables to a client. */
export function joinLiveTables<Client>({
  client,
  machine,
}: {
  readonly client: Client
  readonly machine: Machine
}) {
  const parts = createStreamParts(machine)
  machine.extensions.push(parts)
  return Object.assign(client as Client & object, { table: openTables(machine, parts) })
}
