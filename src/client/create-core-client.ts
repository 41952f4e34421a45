import type { CoreClientOptions } from './api/client-options.ts'
import type { AnySchema, SchemaShape } from './api/schema.ts'
import type { CoreClient } from './core-client.ts'
import { openCore } from './open-core.ts'

/**
 * Makes a client of the core: without live tables, presence, storage, event streams, offline queue and iteration. Nothing happens before something is wanted.
 * @throws RTB_CLIENT_URL
 */
export function createCoreClient<S extends SchemaShape = AnySchema>(
  options: CoreClientOptions,
): CoreClient<S> {
  return openCore(options).client as unknown as CoreClient<S>
}
