import type { DatabaseOptions } from '../database/connection-settings.ts'
import { type DoorbellListener, openDoorbellListener } from '../database/doorbell-listener.ts'
import { pause } from './pause.ts'
import type { RetryDelay } from './retry-delay.ts'

export interface ListenerSupervisorOptions {
  readonly database: DatabaseOptions
  readonly channels: readonly string[]
  readonly onNotification: (channel: string, payload: string, pid: number) => void
  /** LISTEN was established, or lost. The caller reads the journal after both. */
  readonly onChange: (hears: boolean) => void
  readonly retryDelay: () => RetryDelay
  /** How often LISTEN is proved to work, ms. */
  readonly pingEveryMs: number
  /** A ping not heard within this means that the session is dead, ms. */
  readonly pingTimeoutMs: number
}

/** A ping of a listener in doubt, ms: until it is heard the journal is read at short intervals. */
const doubtTimeoutMs = 1_000

/**
 * Keeps a listener open for ever, from the moment it is allowed to: a lost or deaf one is replaced, with growing,
 * jittered pauses.
 */
export class ListenerSupervisor {
  readonly #options: ListenerSupervisorOptions
  readonly #closed = new AbortController()
  readonly #running: Promise<void>
  #hears = false
  #allowed = false
  #onAllowed: () => void = () => {}
  #onDoubt: () => void = () => {}

  constructor(options: ListenerSupervisorOptions) {
    this.#options = options
    this.#running = this.#run()
  }

  /** True while notifications can be heard. */
  get hears(): boolean {
    return this.#hears
  }

  /**
   * Says whether the next listener may be opened: only where a session is known to be ours alone. One that is open is
   * left as it is.
   */
  allow(isAllowed: boolean): void {
    this.#allowed = isAllowed
    if (isAllowed) this.#onAllowed()
  }

  /** Something speaks against it: it counts as deaf until a ping, sent at once, has been heard. */
  doubt(): void {
    if (this.#hears) this.#set(false)
    this.#onDoubt()
  }

  /** Ends listening; what the database does not answer is cut. */
  async close(): Promise<void> {
    this.#closed.abort()
    this.#onAllowed()
    await this.#running
  }

  async #run(): Promise<void> {
    const { database, channels, onNotification, retryDelay } = this.#options
    const delay = retryDelay()
    while (!this.#closed.signal.aborted) {
      await this.#untilAllowed()
      if (this.#closed.signal.aborted) return
      const listener = await openDoorbellListener(
        database,
        channels,
        onNotification,
        this.#closed.signal,
      ).catch(() => null)
      if (listener !== null) {
        delay.reset()
        this.#set(true)
        await this.#untilDeaf(listener)
        this.#set(false)
        await listener.close()
      }
      await delay.wait(this.#closed.signal)
    }
  }

  async #untilAllowed(): Promise<void> {
    if (this.#allowed || this.#closed.signal.aborted) return
    await new Promise<void>(resolve => {
      this.#onAllowed = resolve
    })
  }

  /** Resolves when the listener is lost, misses a ping, or this supervisor is closed. */
  async #untilDeaf(listener: DoorbellListener): Promise<void> {
    const { pingEveryMs, pingTimeoutMs } = this.#options
    // One signal for this listener: what waits on a promise or signal that lives for months is never forgotten.
    const over = new AbortController()
    const end = () => over.abort()
    void listener.lost.then(end)
    this.#closed.signal.addEventListener('abort', end)
    if (this.#closed.signal.aborted) end()
    while (!over.signal.aborted) {
      if (this.#hears) await this.#untilDoubtful(pingEveryMs, over.signal)
      const limitMs = this.#hears ? pingTimeoutMs : Math.min(pingTimeoutMs, doubtTimeoutMs)
      if (!over.signal.aborted && !(await listener.ping(limitMs, over.signal))) break
      if (!this.#hears && !over.signal.aborted) this.#set(true)
    }
    this.#closed.signal.removeEventListener('abort', end)
  }

  /** Waits until the next ping is due. */
  async #untilDoubtful(limitMs: number, signal: AbortSignal): Promise<void> {
    const rest = new AbortController()
    const end = () => rest.abort()
    this.#onDoubt = end
    signal.addEventListener('abort', end)
    if (!signal.aborted) await pause(limitMs, rest.signal)
    signal.removeEventListener('abort', end)
  }

  #set(hears: boolean): void {
    this.#hears = hears
    if (!this.#closed.signal.aborted) this.#options.onChange(hears)
  }
}
