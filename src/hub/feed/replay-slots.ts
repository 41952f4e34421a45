/** Places for reading the journal, given out in the order they were asked for. */
export class ReplaySlots {
  #free: number
  readonly #queue = new Set<(release: () => void) => void>()

  /** @param count places; at least 1 */
  constructor(count: number) {
    this.#free = Math.max(1, count)
  }

  get waiting(): number {
    return this.#queue.size
  }

  /** Resolves with the function that gives the place back. Who aborts waits no longer: it gets none, and what resolves does nothing. */
  acquire(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) return Promise.resolve(() => {})
    return new Promise(resolve => {
      const leave = () => {
        this.#queue.delete(grant)
        resolve(() => {})
      }
      const grant = (release: () => void) => {
        signal.removeEventListener('abort', leave)
        resolve(release)
      }
      signal.addEventListener('abort', leave)
      this.#queue.add(grant)
      this.#serve()
    })
  }

  #serve(): void {
    for (const grant of this.#queue) {
      if (this.#free === 0) return
      this.#queue.delete(grant)
      this.#free--
      grant(this.#releaseOnce())
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
