import type { OpenedCore } from './open-core.ts'
import type { RowOf, SchemaShape, TableName } from './schema.ts'
import { createStreamParts } from './stream-parts.ts'
import type { LiveTable } from './tables/live-table.ts'
import { openTables } from './tables/open-tables.ts'
import type { TableOptions } from './tables/table-request.ts'

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
export function joinLiveTables<Client>({ client, machine }: OpenedCore & { readonly client: Client }) {
  const parts = createStreamParts(machine)
  machine.extensions.push(parts)
  return Object.assign(client as Client & object, { table: openTables(machine, parts) })
}
