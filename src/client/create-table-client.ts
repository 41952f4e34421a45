import type { CoreClientOptions } from './api/client-options.ts'
import type { AnySchema, SchemaShape } from './api/schema.ts'
import type { CoreClient } from './core-client.ts'
import { openCore } from './open-core.ts'
import type { Tables } from './tables/join-live-tables.ts'
import { joinLiveTables } from './tables/join-live-tables.ts'

/** A client of the core, with live tables. */
export interface TableClient<S extends SchemaShape = AnySchema> extends CoreClient<S>, Tables<S> {}

/**
 * Makes a client of the core, with live tables. Nothing happens before something is wanted.
 * @throws RTB_CLIENT_URL
 */
export function createTableClient<S extends SchemaShape = AnySchema>(
  options: CoreClientOptions,
): TableClient<S> {
  return joinLiveTables(openCore(options)) as unknown as TableClient<S>
}
