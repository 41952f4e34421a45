import type { ClientEvent } from '../../client/api/client-event.ts'
import type { Filter } from '../../client/subscriptions/filter.ts'
import type { SourceKind } from './shared-source.ts'

/** Which events are kept, and how many of them. */
export interface EventLogRequest {
  readonly filter: Filter
  readonly limit: number
}

/** The log of a component that wants none, or has none yet. */
export const noEvents: readonly ClientEvent[] = []

/** The last events of a filter, the newest last. */
export const eventLog: SourceKind<EventLogRequest, readonly ClientEvent[]> = {
  name: 'events',
  blank: noEvents,
  open(client, { filter, limit }, changed) {
    let events = noEvents
    let fresh: ClientEvent[] = []
    const show = () => {
      events = [...events, ...fresh].slice(-limit)
      fresh = []
      changed()
    }
    const subscription = client.subscribe(filter, event => {
      // What comes in one frame makes one new array, not a thousand.
      if (fresh.push(event) === 1) queueMicrotask(show)
    })
    return {
      get view() {
        return events
      },
      close: () => subscription.close(),
    }
  },
}
