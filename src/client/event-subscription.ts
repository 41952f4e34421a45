import type { RealtimeEventData } from '../protocol/messages.ts'
import { clientError } from './client-errors.ts'
import type { EventHandler, Subscription } from './core-client.ts'
import { Handle } from './handle.ts'
import type { Report } from './listeners.ts'
import { Listeners } from './listeners.ts'

/** Events that may wait for an iteration. */
const maxWaiting = 1_000

/** What an app hears events through. */
export class EventSubscription extends Handle implements Subscription<RealtimeEventData> {
  readonly #listeners = new Listeners<RealtimeEventData>()

  /**
   * @param handler hears of each event
   * @param closed called once, when the app closes it
   */
  constructor(handler: EventHandler<RealtimeEventData> | undefined, report: Report, closed: () => void) {
    super(report, closed)
    if (handler) this.#listeners.add(handler)
  }

  override deliver(event: RealtimeEventData): void {
    this.#listeners.emit(event, this.report)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RealtimeEventData, void, undefined> {
    const waiting: RealtimeEventData[] = []
    let isBehind = false
    let wake = () => {}
    const ends = [
      this.#listeners.add(event => {
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
        else if (isBehind) throw clientError('RTB_CLIENT_ITERATION_BEHIND')
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
