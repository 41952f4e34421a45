import type { ClientError } from '../api/client-error.ts'
import type { ConnectionState } from './connection-state.ts'

/** What the connection is doing, and why. A new object after each change. */
export interface ConnectionStatus {
  readonly state: ConnectionState
  /**
   * Why it was entered: `new`, `wanted`, `due`, `registered`, `stale`, `live`, `closed`, or the code of the error that led there.
   */
  readonly code: string
  /** The hub that it is, or tries to be, connected to; null before the first attempt. */
  readonly url: string | null
  /** Null unless it is online. */
  readonly hubId: string | null
  /** When the state was entered, ms since 1970. */
  readonly since: number
  /** True: the hub has lost its database, and what it says is old. */
  readonly stale: boolean
  /** What led to `retrying` or `closed`; null otherwise. */
  readonly error: ClientError | null
}
