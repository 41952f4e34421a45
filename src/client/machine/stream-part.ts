import type { HubMessageData, RealtimeEventData, SubscribeData } from '../../protocol/messages.ts'
import type { ClientError } from '../api/client-error.ts'
import type { Core } from './extension.ts'

/**
 * Something that has one subscription at the hub and keeps state made from it, such as a live table. The connection
 * feeds it, in the order of the stream; it knows no socket.
 */
export interface StreamPart {
  /** Id of its subscription, unique in the client. */
  readonly id: string
  /** True when its state is complete and moves with the stream: after a reconnect it goes on with the stream's cursor. */
  readonly isSettled: boolean
  /**
   * What to subscribe to.
   * @param resuming true: its state is that of the cursor that the stream goes on from; false: its state is to be read anew
   */
  request(resuming: boolean): SubscribeData
  /** An answer of the hub that names its subscription. */
  receive(answer: StreamAnswer): void
  /** An event whose `subscriptions` have its id. Repeats are not taken out. */
  event(event: RealtimeEventData): void
  /**
   * The stream is at a checkpoint: what came so far equals the database there, for all parts together. Called for each
   * part before {@link notify} of any.
   */
  commit(cursor: string): void
  /** Tells listeners what is different now: after all else but events. */
  notify(): void
  /**
   * The connection is lost.
   * @param cursor where the stream goes on: what came behind it comes again
   */
  lost(cursor: string | null): void
  /** The hub has not taken it. */
  refused(error: HubMessageData['error']): void
  /** The connection will not come back. */
  end(error: ClientError): void
}

/** What the hub says of one subscription. */
export type StreamAnswer =
  | { readonly type: 'snapshot'; readonly data: HubMessageData['snapshot'] }
  | { readonly type: 'snapshot_end'; readonly data: HubMessageData['snapshot_end'] }
  | { readonly type: 'subscribed'; readonly data: HubMessageData['subscribed'] }

/** What a part can ask of the connection. */
export interface StreamHost {
  /** Adds a part: it is subscribed as soon as there is a connection. */
  add(part: StreamPart): void
  /** Ends its subscription. */
  remove(part: StreamPart): void
  /** Subscribes it anew with `request(false)`: the old subscription of its id is replaced. */
  renew(part: StreamPart): void
}

/** What a part needs of the client besides. */
export type PartCore = Pick<Core, 'report' | 'later' | 'monotonicNow'>
