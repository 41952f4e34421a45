import type { RealtimeEventData } from '../../protocol/messages.ts'
import type { ClientError } from '../api/client-error.ts'
import { clientError } from '../api/client-errors.ts'
import type { Report, Unlisten } from '../platform/listeners.ts'
import { Listeners } from '../platform/listeners.ts'
import type { SubscriptionInput, SubscriptionState } from './subscription-state.ts'
import { subscriptionTransitions } from './subscription-state.ts'

/** Something an app wants of the hub, from when it asks for it to when it needs it no more. */
export class Handle {
  readonly #states = new Listeners<SubscriptionState>()
  readonly #closed: () => void
  protected readonly report: Report
  state: SubscriptionState = 'pending'
  error: ClientError | null = null

  /** @param closed called once, when the app closes it */
  constructor(report: Report, closed: () => void) {
    this.report = report
    this.#closed = closed
  }

  /** Something happened to it. @returns false when that means nothing to it */
  apply(input: SubscriptionInput, error: ClientError | null = null): boolean {
    const next = subscriptionTransitions[this.state][input]
    if (!next) return false
    this.state = next
    this.error = error
    this.#states.emit(next, this.report)
    return true
  }

  onState(listener: (state: SubscriptionState) => void): Unlisten {
    return this.#states.add(listener)
  }

  ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (this.state === 'live') resolve()
        else if (this.state === 'failed' || this.state === 'closed')
          reject(this.error ?? clientError('RTB_CLIENT_CLOSED'))
        else return
        end()
      }
      const end = this.onState(look)
      look()
    })
  }

  /** Most of them want no events. */
  deliver(_event: RealtimeEventData): void {}

  /** The client is closed, or will not come back. */
  end(error: ClientError): void {
    this.apply(error.code === 'RTB_CLIENT_CLOSED' ? 'close' : 'refused', error)
  }

  close(): void {
    if (this.apply('close')) this.#closed()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
