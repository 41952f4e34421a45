import type { ClientEvent } from '../client/client-event.ts'
import type { EventChoice } from './event-choice.ts'
import { filterOf } from './event-choice.ts'
import { eventLog, noEvents } from './event-log.ts'
import { useShared } from './use-shared.ts'

/** How much {@link useEventLog} keeps. */
export interface EventLogOptions {
  /** How many events; the oldest go. Default 100. */
  readonly limit?: number | undefined
}

/**
 * The last events, in the order in which they came, the newest last. It begins when the first component asks for it; those
 * that ask for the same share it.
 * @param choice which events
 */
export function useEventLog(choice: EventChoice, options: EventLogOptions = {}): readonly ClientEvent[] {
  const { limit = 100 } = options
  const filter = filterOf(choice)
  return useShared(eventLog, filter && { filter, limit }, noEvents)
}
