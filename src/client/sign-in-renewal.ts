import type { HubMessage, HubMessageData } from '../protocol/messages.ts'
import { hubError } from './client-errors.ts'
import type { Core, Extension } from './extension.ts'
import { Timers } from './timers.ts'

/** Longest time that a timer can wait, ms. */
const longestMs = 2 ** 31 - 1

/** Sends a new token before the sign-in expires, so that the stream goes on. Without it the client reconnects. */
export class SignInRenewal implements Extension {
  readonly #core: Core
  readonly #timers: Timers

  constructor(core: Core) {
    this.#core = core
    this.#timers = new Timers(core.environment)
  }

  receive({ message_type: type, data, timestamp }: HubMessage): void {
    if (type === 'authenticated') this.#signedIn(data, timestamp)
  }

  lost(): void {
    this.#timers.clear()
  }

  #signedIn({ expires_at: expiresAt }: HubMessageData['authenticated'], timestamp: string): void {
    this.#timers.clear()
    if (expiresAt === null || !this.#core.options.getToken) return
    // The hub's own clock counts: that of a desk may be wrong.
    const leftMs = Date.parse(expiresAt) - Date.parse(timestamp)
    const waitMs = Math.max(leftMs * 0.8, leftMs - 60_000, 1_000)
    this.#timers.later(() => void this.#renew(), Math.min(waitMs, longestMs))
  }

  async #renew(): Promise<void> {
    const { askToken, reconnect, requests, report } = this.#core
    try {
      const token = await askToken()
      if (token === null) return
      requests.ask(
        'auth',
        { token },
        {
          answered: (data, { timestamp }) =>
            this.#signedIn(data as HubMessageData['authenticated'], timestamp),
          // That is for another connection.
          refused: error => (error.code === 'RTB_AUTH_OTHER' ? reconnect : report)(hubError(error)),
        },
      )
    } catch (error) {
      report(error)
    }
  }
}
