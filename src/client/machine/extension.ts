import type { HubMessage, HubMessageData, RealtimeEventData, SubscribeData } from '../../protocol/messages.ts'
import type { ClientError } from '../api/client-error.ts'
import type { ClientOptions } from '../api/client-options.ts'
import type { Connection } from '../connection/connection.ts'
import type { ConnectionState } from '../connection/connection-state.ts'
import type { Environment } from '../platform/environment.ts'
import type { Report } from '../platform/listeners.ts'
import type { Requests } from './requests.ts'

/** What the parts of a client share: the connection, and where its stream is. */
export interface Core {
  readonly options: ClientOptions
  /** Ms of a clock that only grows. */
  readonly monotonicNow: Environment['monotonicNow']
  readonly requests: Requests
  readonly connection: Pick<Connection, 'link' | 'status' | 'token' | 'getToken' | 'lose'>
  readonly state: ConnectionState
  /** Where the stream is; null before there was one. */
  cursor: string | null
  clientId: string
  /** Hears of what is nobody's return value. */
  readonly report: Report
  /** Something needs the connection. */
  want(): void
  /** Does something later, unless the connection is lost before. */
  later(work: () => void, ms: number): void
  /** Ends a subscription at the hub; what that does not know of need not be taken back. */
  unsubscribe(id: string): void
  /** What was received so far equals the database at a cursor. */
  checkpoint(cursor: string): void
}

/** A part of a client. It hears of everything, in the order in which it happens, parts made first before others. */
export interface Extension {
  /** The first thing was wanted, and the tick has ended. */
  begin?(): void
  /** Is awaited before each attempt. */
  prepare?(): Promise<void>
  /** Its subscriptions, to register with. */
  register?(): readonly SubscribeData[]
  /**
   * The connection is there.
   * @param sent ids that were registered with and taken
   */
  registered?(sent: ReadonlySet<string>, data: HubMessageData['registered']): void
  /** A message that is no answer to a request. */
  receive?(message: HubMessage): void
  /** An event; repeats are not taken out. */
  event?(event: RealtimeEventData): void
  checkpoint?(cursor: string): void
  /** The stream has moved, and what came was handed over. */
  moved?(cursor: string): void
  /** The connection is gone. */
  lost?(): void
  /** It will not come back. */
  ended?(error: ClientError): void
  /** The app closes the client, or the page may be gone for good. */
  flush?(): Promise<void>
}
