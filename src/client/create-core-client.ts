import type { ClientOptions } from './client-options.ts'
import type { CoreClient } from './core-client.ts'
import { openKernel } from './open-kernel.ts'
import type { AnySchema, SchemaShape } from './schema.ts'

/**
 * Makes a client without live tables. Nothing happens before something is wanted.
 * @throws RTB_CLIENT_URL
 */
export function createCoreClient<S extends SchemaShape = AnySchema>(options: ClientOptions): CoreClient<S> {
  return openKernel<S>(options).client
}
