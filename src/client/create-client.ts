import { clientError } from './client-errors.ts'
import type { ClientOptions } from './client-options.ts'
import type { WholeClient } from './core-client.ts'
import type { Environment } from './environment.ts'
import { readEnvironment } from './environment.ts'
import { openKernel } from './open-kernel.ts'
import type { AnySchema, RowOf, SchemaShape, TableName } from './schema.ts'
import type { LiveTable } from './tables/live-table.ts'
import { OpenTables } from './tables/open-tables.ts'
import type { TableOptions } from './tables/table-request.ts'

/** A client with everything there is. */
export interface Client<S extends SchemaShape = AnySchema> extends WholeClient<S> {
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

/**
 * Makes a client. Nothing happens before something is wanted.
 * @param environment default: where this code runs
 * @throws RTB_CLIENT_URL
 */
export function createClient<S extends SchemaShape = AnySchema>(
  options: ClientOptions,
  environment: Environment = readEnvironment(),
): Client<S> {
  const { client, host } = openKernel<S>(options, environment)
  const tables = new OpenTables(host, {
    now: environment.monotonicNow,
    later(work, ms) {
      const timer = environment.setTimeout(work, ms)
      return () => environment.clearTimeout(timer)
    },
  })
  const endClosed = ({ state, error } = client.status) => {
    if (state === 'closed') tables.end(error ?? clientError('RTB_CLIENT_CLOSED'))
  }
  client.onStatus(endClosed)
  const table = (name: string, tableOptions: TableOptions = {}) => {
    const opened = tables.open(name, tableOptions)
    endClosed()
    return opened
  }
  return Object.assign(client, { table }) as unknown as Client<S>
}
