import { clientError } from './client-errors.ts'
import type { ClientOptions, ClientStorage } from './client-options.ts'
import type { Environment } from './environment.ts'
import type { Report } from './listeners.ts'
import { newId } from './new-id.ts'
import { Timers } from './timers.ts'

/** Pause between two writes, ms. */
const pauseMs = 1_000

/** Keeps the cursor and the client's id for the next start. Whatever fails there is reported and stops nothing. */
export class CursorStore {
  readonly #storage: ClientStorage | null
  readonly #key: string
  readonly #report: Report
  readonly #timers: Timers
  #isWaiting = false
  #isLoaded = false
  #written = ''
  clientId: string
  cursor: string | null = null

  constructor(options: ClientOptions, environment: Environment, report: Report) {
    const { storage, storageKey = `rtbridge:${options.appName}`, clientId } = options
    this.#storage = openStorage(storage, environment)
    this.#key = storageKey
    this.#report = error => report(clientError('RTB_CLIENT_STORAGE', '', error))
    this.#timers = new Timers(environment)
    this.clientId = clientId ?? newId(environment)
    this.#hasOwnId = clientId !== undefined
  }

  readonly #hasOwnId: boolean

  /** Reads what was kept, the first time it is called. */
  async load(): Promise<void> {
    if (this.#isLoaded) return
    this.#isLoaded = true
    try {
      const text = await this.#storage?.load(this.#key)
      const kept = JSON.parse(text || '{}') as { clientId?: string; cursor?: string }
      if (!this.#hasOwnId) this.clientId = kept.clientId ?? this.clientId
      this.cursor = kept.cursor ?? null
    } catch (error) {
      this.#report(error)
    }
  }

  /** Writes soon, and no more often than it makes sense. */
  save(cursor: string): void {
    this.cursor = cursor
    if (this.#storage === null || this.#isWaiting) return
    this.#isWaiting = true
    this.#timers.later(() => void this.flush(), pauseMs)
  }

  /** Writes at once. */
  async flush(): Promise<void> {
    this.#timers.clear()
    this.#isWaiting = false
    const text = JSON.stringify({ clientId: this.clientId, cursor: this.cursor })
    if (!this.#isLoaded || text === this.#written) return
    this.#written = text
    try {
      await this.#storage?.save(this.#key, text)
    } catch (error) {
      this.#report(error)
    }
  }
}

function openStorage(storage: ClientOptions['storage'], environment: Environment): ClientStorage | null {
  if (typeof storage === 'object') return storage
  if (storage !== 'local') return null
  return {
    load: key => environment.localStorage()?.getItem(key),
    save: (key, value) => environment.localStorage()?.setItem(key, value),
  }
}
