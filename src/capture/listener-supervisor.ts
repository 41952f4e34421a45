import type { DatabaseOptions } from '../database/connection-settings.ts'
import { type DoorbellListener, openDoorbellListener } from '../database/doorbell-listener.ts'
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

/** Keeps a listener open for ever: a lost or deaf one is replaced, with growing, jittered pauses. */
export class ListenerSupervisor {
  readonly #options: ListenerSupervisorOptions
  readonly #closed = new AbortController()
  readonly #running: Promise<void>
  #hears = false

  constructor(options: ListenerSupervisorOptions) {
    this.#options = options
    this.#running = this.#run()
  }

  /** True while notifications can be heard. */
  get hears(): boolean {
    return this.#hears
  }

  async close(): Promise<void> {
    this.#closed.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { database, channels, onNotification, retryDelay } = this.#options
    const delay = retryDelay()
    while (!this.#closed.signal.aborted) {
      const listener = await openDoorbellListener(database, channels, onNotification).catch(() => null)
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

  /** Resolves when the listener is lost, misses a ping, or this supervisor is closed. */
  async #untilDeaf(listener: DoorbellListener): Promise<void> {
    const { pingEveryMs, pingTimeoutMs } = this.#options
    let over = false
    const ended = Promise.race([listener.lost, aborted(this.#closed.signal)]).then(() => {
      over = true
    })
    while (!over) {
      await waitOr(ended, pingEveryMs)
      if (over) return
      const heard = await Promise.race([listener.ping(pingTimeoutMs), ended.then(() => false)])
      if (!heard) return
    }
  }

  #set(hears: boolean): void {
    this.#hears = hears
    if (!this.#closed.signal.aborted) this.#options.onChange(hears)
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

async function waitOr(ended: Promise<void>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const time = new Promise<void>(resolve => {
    timer = setTimeout(resolve, limitMs)
  })
  await Promise.race([ended, time])
  clearTimeout(timer)
}
