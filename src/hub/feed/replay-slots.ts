/** Places for reading the journal, given out in the order they were asked for. */
export class ReplaySlots {
  #free: number
  readonly #queue: { readonly signal: AbortSignal; readonly grant: (release: () => void) => void }[] = []

  /** @param count places; at least 1 */
  constructor(count: number) {
    this.#free = Math.max(1, count)
  }

  get waiting(): number {
    return this.#queue.length
  }

  /** Resolves with the function that gives the place back. Who has aborted gets a place too, and gives it back. */
  acquire(signal: AbortSignal): Promise<() => void> {
    return new Promise(resolve => {
      this.#queue.push({ signal, grant: resolve })
      this.#serve()
    })
  }

  #serve(): void {
    while (this.#free > 0) {
      const next = this.#queue.shift()
      if (next === undefined) return
      this.#free--
      next.grant(this.#releaseOnce())
    }
  }

  #releaseOnce(): () => void {
    let held = true
    return () => {
      if (!held) return
      held = false
      this.#free++
      this.#serve()
    }
  }
}
