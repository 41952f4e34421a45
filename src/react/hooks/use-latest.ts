import type { ClientEvent } from '../../client/api/client-event.ts'
import type { EventChoice } from '../sources/event-choice.ts'
import { useEventLog } from './use-event-log.ts'

const onlyOne = { limit: 1 }

/**
 * The newest event; null before the first one.
 * @param choice which events
 */
export function useLatest(choice: EventChoice): ClientEvent | null {
  return useEventLog(choice, onlyOne)[0] ?? null
}
