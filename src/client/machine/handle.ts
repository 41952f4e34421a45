import type { RealtimeEventData } from '../../protocol/messages.ts'
import type { ClientError } from '../api/client-error.ts'
import type { Report, Unlisten } from '../platform/listeners.ts'
import { createListeners } from '../platform/listeners.ts'
import type { SubscriptionInput, SubscriptionState } from './subscription-state.ts'
import { subscriptionTransitions } from './subscription-state.ts'
import { whenLive } from './when-live.ts'

/** Something an app wants of the hub, from when it asks for it to when it needs it no more. */
export interface Handle extends Disposable {
  state: SubscriptionState
  error: ClientError | null
  onState(listener: (state: SubscriptionState) => void): Unlisten
  ready(): Promise<void>
  close(): void
  /** Something happened to it. @returns false when that means nothing to it */
  apply(input: SubscriptionInput, error?: ClientError): boolean
  /** Takes an event, where it wants any. */
  event?(event: RealtimeEventData): void
  /** The client is closed, or will not come back. */
  end(error: ClientError): void
}

/** @param closed called once, when the app closes it */
export function createHandle(report: Report, closed: () => void): Handle {
  const states = createListeners<SubscriptionState>(report)

  function close(): void {
    if (handle.apply('close')) closed()
  }

  const handle: Handle = {
    state: 'pending',
    error: null,
    onState: states.add,
    ready: () => whenLive(() => handle, states.add),
    close,
    [Symbol.dispose]: close,

    apply(input, error) {
      const next = subscriptionTransitions[handle.state][input]
      if (!next) return false
      handle.state = next
      handle.error = error ?? null
      states.emit(next)
      return true
    },

    end(error) {
      handle.apply(error.code === 'RTB_CLIENT_CLOSED' ? 'close' : 'refused', error)
    },
  }
  return handle
}
