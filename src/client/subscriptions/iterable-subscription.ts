import type { RealtimeEventData } from '../../protocol/messages.ts'
import { wholeClientError } from '../api/whole-client-errors.ts'
import { EventSubscription } from './event-subscription.ts'
import type { Subscription } from './subscription.ts'

/** Events that may wait for an iteration. */
const maxWaiting = 1_000

/** A subscription whose events can be iterated over; they are kept from the first step on. */
export class IterableSubscription extends EventSubscription implements Subscription<RealtimeEventData> {
  async *[Symbol.asyncIterator](): AsyncGenerator<RealtimeEventData, void, undefined> {
    const waiting: RealtimeEventData[] = []
    let isBehind = false
    let wake = () => {}
    const ends = [
      this.listeners.add(event => {
        isBehind ||= waiting.length >= maxWaiting
        if (!isBehind) waiting.push(event)
        wake()
      }),
      this.onState(() => wake()),
    ]
    try {
      for (;;) {
        const event = waiting.shift()
        if (event !== undefined) yield event
        else if (isBehind) throw wholeClientError('RTB_CLIENT_ITERATION_BEHIND', `${maxWaiting}`)
        else if (this.state === 'failed') throw this.error
        else if (this.state === 'closed') return
        else
          await new Promise<void>(resolve => {
            wake = resolve
          })
      }
    } finally {
      for (const end of ends) end()
    }
  }
}
