/** Since when a hub cannot answer, ISO 8601, and why. */
export interface NotReady {
  readonly since: string
  readonly reason: string
}

/** Lets registrations through only while the hub has a position and its database. */
export class ReadyGate {
  readonly #timestamp: () => string
  readonly #waiting = new Set<() => void>()
  #isStarted = false
  readonly #starting: NotReady
  #stale: NotReady | null = null

  constructor(timestamp: () => string) {
    this.#timestamp = timestamp
    this.#starting = { since: timestamp(), reason: 'starting' }
  }

  /** Null while the gate is open. */
  get notReady(): NotReady | null {
    return this.#stale ?? (this.#isStarted ? null : this.#starting)
  }

  /** Null while the database is there. */
  get stale(): NotReady | null {
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
    if (this.notReady === null || signal.aborted) return Promise.resolve()
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
    if (this.notReady !== null) return
    for (const resolve of [...this.#waiting]) resolve()
  }
}
