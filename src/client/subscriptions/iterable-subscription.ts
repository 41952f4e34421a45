import type { RealtimeEventData } from '../../protocol/messages.ts'
import { wholeClientError } from '../api/whole-client-errors.ts'
import type { Handle } from '../machine/handle.ts'
import { createListeners, type Listeners, type Report } from '../platform/listeners.ts'
import { createEventSubscription } from './event-subscription.ts'
import type { EventHandler } from './filter.ts'

/** Events that may wait for an iteration. */
const maxWaiting = 1_000

/** Makes a subscription whose events can be iterated over; they are kept from the first step on. */
export function createIterableSubscription(
  handler: EventHandler<RealtimeEventData> | undefined,
  report: Report,
  closed: () => void,
): Handle {
  const listeners = createListeners<RealtimeEventData>(report)
  if (handler) listeners.add(handler)
  const handle = createEventSubscription(listeners.emit, report, closed)
  return Object.assign(handle, { [Symbol.asyncIterator]: () => iterate(handle, listeners) })
}

async function* iterate(
  handle: Handle,
  listeners: Listeners<RealtimeEventData>,
): AsyncGenerator<RealtimeEventData, void, undefined> {
  const waiting: RealtimeEventData[] = []
  let isBehind = false
  let wake = () => {}
  const ends = [
    listeners.add(event => {
      isBehind ||= waiting.length >= maxWaiting
      if (!isBehind) waiting.push(event)
      wake()
    }),
    handle.onState(() => wake()),
  ]
  try {
    for (;;) {
      const event = waiting.shift()
      if (event !== undefined) yield event
      else if (isBehind) throw wholeClientError('RTB_CLIENT_ITERATION_BEHIND', `${maxWaiting}`)
      else if (handle.state === 'failed') throw handle.error
      else if (handle.state === 'closed') return
      else
        await new Promise<void>(resolve => {
          wake = resolve
        })
    }
  } finally {
    for (const end of ends) end()
  }
}
