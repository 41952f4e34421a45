import type { ClientOptions, ClientStorage } from '../api/client-options.ts'
import { wholeClientError } from '../api/whole-client-errors.ts'
import type { Core, Extension } from '../machine/extension.ts'
import type { Environment } from '../platform/environment.ts'
import { createTimers, type Timers } from '../platform/timers.ts'
import type { Entry, Subscriptions } from './subscriptions.ts'
import { noEvent } from './subscriptions.ts'

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
  /** A write is due, or under way. */
  #isWaiting = false
  #isFailing = false
  #loading: Promise<void> | null = null
  #saving: Promise<void> | null = null
  #written = ''
  /** What belongs to the stream and gets its past beside it, those that began first before others. */
  readonly #behind = new Set<Entry>()

  constructor(core: Core, subscriptions: Subscriptions, environment: Environment) {
    const { options } = core
    this.#core = core
    this.#subscriptions = subscriptions
    this.#storage = openStorage(options.storage, environment)
    this.#key = options.storageKey ?? `rtbridge:${options.appName}`
    this.#timers = createTimers(environment)
  }

  begin(): void {
    // Membership in rooms alone is nothing to go on with, and live tables are read anew.
    this.#isGoingOn = this.#subscriptions.register().some(({ events }) => events?.[0] !== noEvent)
  }

  /** What was left out of `register` goes on from where the stream was. */
  registered(): void {
    for (const entry of this.#subscriptions.entries.values()) {
      if (entry.isKnown || entry.since !== this.#core.cursor) continue
      this.#behind.delete(entry)
      this.#behind.add(entry)
    }
  }

  /** From where nothing is missed after a restart. */
  get #cursor(): string | null {
    const { entries } = this.#subscriptions
    const first = [...this.#behind].find(each => !each.isKnown && entries.get(each.request.id) === each)
    return first?.since ?? this.#core.cursor
  }

  /** Reads what was kept, once; an attempt that takes longer leaves it to the next one, never goes on without. */
  prepare(): Promise<void> {
    this.#loading ??= this.#load()
    return this.#loading
  }

  async #load(): Promise<void> {
    try {
      const { clientId, cursor } = readKept(await this.#storage?.load(this.#key))
      if (!this.#core.options.clientId) this.#core.clientId = clientId || this.#core.clientId
      if (this.#isGoingOn) this.#core.cursor = cursor || null
    } catch (error) {
      this.#report(error)
    }
  }

  /** Writes soon, and no more often than it makes sense. */
  moved(): void {
    if (this.#storage === null || this.#isWaiting || this.#core.state === 'closed') return
    this.#isWaiting = true
    this.#timers.later(() => void this.flush(), pauseMs)
  }

  /** Writes at once, but after what is being written: an older cursor must not take the place of a newer one. */
  flush(): Promise<void> {
    this.#timers.clear()
    const cursor = this.#cursor
    const saving = this.#saving === null ? this.#save() : this.#saving.then(() => this.#save())
    this.#saving = saving
    return saving.then(() => {
      if (this.#saving !== saving) return
      this.#saving = null
      this.#isWaiting = false
      if (cursor !== this.#cursor) this.moved()
    })
  }

  async #save(): Promise<void> {
    const { clientId } = this.#core
    const cursor = this.#cursor
    const text = JSON.stringify({ clientId, cursor })
    if (cursor === null || text === this.#written) return
    try {
      await this.#storage?.save(this.#key, text)
      this.#written = text
      this.#isFailing = false
    } catch (error) {
      // A storage that is full is full every second: that is said once.
      if (!this.#isFailing) this.#report(error)
      this.#isFailing = true
    }
  }

  #report(error: unknown): void {
    this.#core.report(wholeClientError('RTB_CLIENT_STORAGE', this.#key, error))
  }
}

function openStorage(storage: ClientOptions['storage'], environment: Environment): ClientStorage | null {
  if (typeof storage === 'object') return storage
  if (storage !== 'local') return null
  const local = () => {
    const { localStorage } = environment.platform
    if (!localStorage) throw new Error('there is no localStorage here')
    return localStorage
  }
  return { load: key => local().getItem(key), save: (key, value) => local().setItem(key, value) }
}

/** @throws on what was not written by a client: a hub would refuse it for ever */
function readKept(text: string | null | undefined): { clientId?: string; cursor?: string } {
  const kept = JSON.parse(text || '{}')
  for (const part of [kept.clientId, kept.cursor]) {
    if (part !== undefined && typeof part !== 'string') throw new TypeError('not what was kept')
  }
  return kept
}
