import type { AnySchema, CoreClient, CoreClientOptions, SchemaShape } from '../client/core.ts'
import { createCoreClient as createAnywhere } from '../client/core.ts'
import { nodeSockets } from './node-sockets.ts'

export * from '../client/core.ts'

/**
 * Makes a client of the core, in Node. Nothing happens before something is wanted.
 * @throws RTB_CLIENT_URL
 */
export function createCoreClient<S extends SchemaShape = AnySchema>(
  options: CoreClientOptions,
): CoreClient<S> {
  return createAnywhere<S>({ ...nodeSockets, ...options })
}
