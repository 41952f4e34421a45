import type { ClientOptions } from './client-options.ts'
import type { CoreClient } from './core-client.ts'
import { readEnvironment } from './environment.ts'
import { openCore, webSockets } from './open-core.ts'
import type { AnySchema, SchemaShape } from './schema.ts'

/**
 * Makes a client without live tables, presence, storage and event streams. Nothing happens before something is wanted.
 * @throws RTB_CLIENT_URL
 */
export function createCoreClient<S extends SchemaShape = AnySchema>(options: ClientOptions): CoreClient<S> {
  const environment = readEnvironment()
  return openCore(options, environment, webSockets(options, environment)).client as unknown as CoreClient<S>
}
