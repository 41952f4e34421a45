import type { AnySchema, CoreClient, CoreClientOptions, SchemaShape, TableClient } from '../client/core.ts'
import {
  createCoreClient as createCoreAnywhere,
  createTableClient as createTableAnywhere,
} from '../client/core.ts'
import { nodeSockets } from './node-sockets.ts'

export * from '../client/core.ts'

/**
 * Makes a client of the core, in Node. Nothing happens before something is wanted.
 * @throws RTB_CLIENT_URL
 */
export function createCoreClient<S extends SchemaShape = AnySchema>(
  options: CoreClientOptions,
): CoreClient<S> {
  return createCoreAnywhere<S>({ ...nodeSockets, ...options })
}

/**
 * Makes a client of the core, with live tables, in Node. Nothing happens before something is wanted.
 * @throws RTB_CLIENT_URL
 */
export function createTableClient<S extends SchemaShape = AnySchema>(
  options: CoreClientOptions,
): TableClient<S> {
  return createTableAnywhere<S>({ ...nodeSockets, ...options })
}
