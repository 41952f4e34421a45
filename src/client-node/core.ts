import type { AnySchema, ClientOptions, CoreClient, SchemaShape } from '../client/core.ts'
import { createCoreClient as createAnywhere } from '../client/core.ts'
import { withNodeSockets } from './node-sockets.ts'

export * from '../client/core.ts'

/**
 * Makes a client without live tables, in Node. Nothing happens before something is wanted.
 * @throws RTB_CLIENT_URL
 */
export function createCoreClient<S extends SchemaShape = AnySchema>(options: ClientOptions): CoreClient<S> {
  return createAnywhere<S>(withNodeSockets(options))
}
