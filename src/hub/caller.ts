import type { Identity } from '../access/identity.ts'

/** Who asks for something without a connection, and from where. */
export interface Caller {
  readonly identity: Identity
  readonly address: string
}
