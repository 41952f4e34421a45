import type { WholeClient } from './core-client.ts'
import type { SchemaShape } from './schema.ts'
import type { StreamHost } from './stream-part.ts'

/** A client, and what things with state of their own use of its connection. Not for apps. */
export interface Kernel<S extends SchemaShape> {
  readonly client: WholeClient<S>
  readonly host: StreamHost
}
