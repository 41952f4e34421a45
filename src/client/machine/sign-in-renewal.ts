import type { HubMessageData } from '../../protocol/messages.ts'
import { hubError } from '../api/client-errors.ts'
import type { Environment } from '../platform/environment.ts'
import { createTimers, type Timers } from '../platform/timers.ts'
import type { Core, Extension } from './extension.ts'

/** Longest time that a timer can wait, ms. */
const longestMs = 2 ** 31 - 1

/** Sends a new token before the sign-in expires, so that the stream goes on. Without it the client reconnects. */
export class SignInRenewal implements Extension {
  readonly #core: Core
  readonly #timers: Timers

  constructor(core: Core, environment: Environment) {
    this.#core = core
    this.#timers = createTimers(environment)
  }

  /** When the sign-in expires is said in the answer to `auth` alone: the same token is sent once more. */
  registered(): void {
    const { connection, options } = this.#core
    if (options.getToken && connection.token) this.#send(connection.token)
  }

  lost(): void {
    this.#timers.clear()
  }

  #send(token: string): void {
    const { connection, requests, report } = this.#core
    requests.ask(
      'auth',
      { token },
      {
        answered: (data, { timestamp }) => this.#signedIn(data as HubMessageData['authenticated'], timestamp),
        refused(error) {
          // That is for another connection.
          if (error.code === 'RTB_AUTH_OTHER') connection.lose(hubError(error), 0)
          else report(hubError(error))
        },
      },
    )
  }

  #signedIn({ expires_at: expiresAt }: HubMessageData['authenticated'], timestamp: string): void {
    this.#timers.clear()
    if (expiresAt === null) return
    // The hub's own clock counts: that of a desk may be wrong.
    const leftMs = Date.parse(expiresAt) - Date.parse(timestamp)
    const waitMs = Math.max(leftMs * 0.8, leftMs - 60_000, 1_000)
    this.#timers.later(() => void this.#renew(), Math.min(waitMs, longestMs))
  }

  async #renew(): Promise<void> {
    const { connection, report } = this.#core
    const { link } = connection
    try {
      const token = await connection.getToken()
      if (token && link === connection.link) this.#send(token)
    } catch (error) {
      report(error)
    }
  }
}
