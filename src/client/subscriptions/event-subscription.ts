import type { RealtimeEventData } from '../../protocol/messages.ts'
import { Handle } from '../machine/handle.ts'
import type { Report } from '../platform/listeners.ts'
import { Listeners } from '../platform/listeners.ts'
import type { EventHandler } from './filter.ts'
import type { CoreSubscription } from './subscription.ts'

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
