/** Lets registrations through only while the hub has a position and its database. */
export class ReadyGate {
  readonly #timestamp: () => string
  readonly #waiting = new Set<() => void>()
  #isStarted = false
  #stale: { readonly since: string; readonly reason: string } | null = null

  constructor(timestamp: () => string) {
    this.#timestamp = timestamp
  }

  get isOpen(): boolean {
    return this.#isStarted && this.#stale === null
  }

  /** Null while the database is there. */
  get stale(): { readonly since: string; readonly reason: string } | null {
    return this.#stale
  }

  start(): void {
    this.#isStarted = true
    this.#wake()
  }

  /** @returns since when, ISO 8601 */
  setStale(reason: string): string {
    const since = this.#timestamp()
    this.#stale = { since, reason }
    return since
  }

  setLive(): void {
    this.#stale = null
    this.#wake()
  }

  /** Resolves when the gate is open, or `signal` aborts. */
  whenOpen(signal: AbortSignal): Promise<void> {
    if (this.isOpen || signal.aborted) return Promise.resolve()
    return new Promise(resolve => {
      const finish = () => {
        this.#waiting.delete(finish)
        signal.removeEventListener('abort', finish)
        resolve()
      }
      this.#waiting.add(finish)
      signal.addEventListener('abort', finish)
    })
  }

  #wake(): void {
    if (!this.isOpen) return
    for (const resolve of [...this.#waiting]) resolve()
  }
}
