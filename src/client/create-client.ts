import type { ClientOptions } from './api/client-options.ts'
import type { AnySchema, SchemaShape } from './api/schema.ts'
import type { WholeClient } from './core-client.ts'
import { openWholeClient } from './open-whole-client.ts'
import type { Environment } from './platform/environment.ts'
import { readEnvironment } from './platform/environment.ts'
import type { Tables } from './tables/join-live-tables.ts'
import { joinLiveTables } from './tables/join-live-tables.ts'

/** A client with everything there is. */
export interface Client<S extends SchemaShape = AnySchema> extends WholeClient<S>, Tables<S> {}

/**
 * Makes a client. Nothing happens before something is wanted.
 * @param environment default: where this code runs
 * @throws RTB_CLIENT_URL
 */
export function createClient<S extends SchemaShape = AnySchema>(
  options: ClientOptions,
  environment: Environment = readEnvironment(),
): Client<S> {
  return joinLiveTables(openWholeClient(options, environment)) as unknown as Client<S>
}
