import type { RealtimeEventData } from '../../protocol/messages.ts'

/**
 * One event, with the field names of the wire.
 * @see docs/protocol.md, "Fields of an event"
 */
export interface ClientEvent<Type extends string = string, Data = unknown>
  extends Omit<RealtimeEventData, 'event_type' | 'data'> {
  readonly event_type: Type
  readonly data: Data
}
