import type { RealtimeEventData } from '../protocol/messages.ts'
import type { CoreSubscription, EventHandler } from './core-client.ts'
import { Handle } from './handle.ts'
import type { Report } from './listeners.ts'
import { Listeners } from './listeners.ts'

/** What an app hears events through. */
export class EventSubscription extends Handle implements CoreSubscription {
  protected readonly listeners = new Listeners<RealtimeEventData>()

  /**
   * @param handler hears of each event
   * @param closed called once, when the app closes it
   */
  constructor(handler: EventHandler<RealtimeEventData> | undefined, report: Report, closed: () => void) {
    super(report, closed)
    if (handler) this.listeners.add(handler)
  }

  override deliver(event: RealtimeEventData): void {
    // A handler before it may have closed this one, or the client.
    if (this.state !== 'closed') this.listeners.emit(event, this.report)
  }
}
