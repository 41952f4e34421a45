import type { RealtimeEventData } from '../../protocol/messages.ts'
import { createHandle, type Handle } from '../machine/handle.ts'
import { callSafely, type Report } from '../platform/listeners.ts'
import type { EventHandler } from './filter.ts'

/**
 * Makes what an app hears events through.
 * @param handler hears of each event
 * @param closed called once, when the app closes it
 */
export function createEventSubscription(
  handler: EventHandler<RealtimeEventData> | undefined,
  report: Report,
  closed: () => void,
): Handle {
  const handle: Handle = Object.assign(createHandle(report, closed), {
    event(event: RealtimeEventData) {
      // A handler before it may have closed this one, or the client.
      if (handle.state !== 'closed') callSafely(() => handler?.(event), report)
    },
  })
  return handle
}
