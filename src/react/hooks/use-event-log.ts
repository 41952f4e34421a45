import type { ClientEvent } from '../../client/api/client-event.ts'
import type { EventChoice } from '../sources/event-choice.ts'
import { filterOf } from '../sources/event-choice.ts'
import { eventLog, noEvents } from '../sources/event-log.ts'
import { useShared } from '../sources/use-shared.ts'

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
