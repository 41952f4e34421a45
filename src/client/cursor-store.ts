import type { ClientOptions, ClientStorage } from './client-options.ts'
import type { Environment } from './environment.ts'
import type { Core, Extension } from './extension.ts'
import type { Subscriptions } from './subscriptions.ts'
import { noEvent } from './subscriptions.ts'
import { Timers } from './timers.ts'
import { wholeClientError } from './whole-client-errors.ts'

/** Pause between two writes, ms. */
const pauseMs = 1_000

/** Keeps the cursor and the client's id for the next start. Whatever fails there is reported and stops nothing. */
export class CursorStore implements Extension {
  readonly #core: Core
  readonly #storage: ClientStorage | null
  readonly #key: string
  readonly #timers: Timers
  readonly #subscriptions: Subscriptions
  #isGoingOn = false
  #isWaiting = false
  #isLoaded = false
  #written = ''

  constructor(core: Core, subscriptions: Subscriptions) {
    const { environment, options } = core
    this.#core = core
    this.#subscriptions = subscriptions
    this.#storage = openStorage(options.storage, environment)
    this.#key = options.storageKey ?? `rtbridge:${options.appName}`
    this.#timers = new Timers(environment)
  }

  begin(): void {
    // Membership in rooms alone is nothing to go on with, and live tables are read anew.
    this.#isGoingOn = this.#subscriptions.register().some(({ events }) => events?.[0] !== noEvent)
  }

  /** Reads what was kept, the first time it is called. */
  async prepare(): Promise<void> {
    if (this.#isLoaded || this.#storage === null) return
    this.#isLoaded = true
    try {
      const text = await this.#storage.load(this.#key)
      const kept = JSON.parse(text || '{}') as { clientId?: string; cursor?: string }
      if (!this.#core.options.clientId) this.#core.clientId = kept.clientId ?? this.#core.clientId
      if (this.#isGoingOn) this.#core.cursor = kept.cursor ?? null
    } catch (error) {
      this.#failed(error)
    }
  }

  /** Writes soon, and no more often than it makes sense. */
  moved(): void {
    if (this.#storage === null || this.#isWaiting || this.#core.state === 'closed') return
    this.#isWaiting = true
    this.#timers.later(() => this.flush(), pauseMs)
  }

  /** Writes at once. */
  async flush(): Promise<void> {
    const { clientId, cursor } = this.#core
    this.#timers.clear()
    this.#isWaiting = false
    const text = JSON.stringify({ clientId, cursor })
    if (cursor === null || text === this.#written) return
    this.#written = text
    try {
      await this.#storage?.save(this.#key, text)
    } catch (error) {
      this.#failed(error)
    }
  }

  #failed(error: unknown): void {
    this.#core.report(wholeClientError('RTB_CLIENT_STORAGE', this.#key, error))
  }
}

function openStorage(storage: ClientOptions['storage'], environment: Environment): ClientStorage | null {
  if (typeof storage === 'object') return storage
  if (storage !== 'local') return null
  return {
    load: key => environment.platform.localStorage?.getItem(key),
    save: (key, value) => environment.platform.localStorage?.setItem(key, value),
  }
}
