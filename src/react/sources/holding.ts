/** What can be ended. */
export interface Closable {
  close(): void
}

/**
 * Something that is open while somebody holds it, and a while longer: React takes components away and puts them back (StrictMode
 * does at once, a change of pages often does), and the hub shall not see it.
 */
export class Holding<Thing extends Closable> {
  readonly #open: () => Thing
  readonly #closed: () => void
  #holders = 0
  #thing: Thing | null = null
  #release: ReturnType<typeof setTimeout> | undefined

  /**
   * @param open makes the thing; called when the first holder comes
   * @param closed called after the thing was closed
   */
  constructor(open: () => Thing, closed: () => void = () => {}) {
    this.#open = open
    this.#closed = closed
  }

  /** What is held; null while it is not open. */
  get thing(): Thing | null {
    return this.#thing
  }

  /** False: nobody holds it, it is only still open. */
  get isHeld(): boolean {
    return this.#holders > 0
  }

  /**
   * Opens it, where it is not yet.
   * @param releaseMs how long it stays open after the last holder has gone, ms
   * @returns ends this hold
   */
  hold(releaseMs: number): () => void {
    clearTimeout(this.#release)
    this.#thing ??= this.#open()
    this.#holders++
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      this.#holders--
      if (this.#holders === 0) this.#release = setTimeout(() => this.#close(), releaseMs)
    }
  }

  #close(): void {
    const thing = this.#thing
    this.#thing = null
    thing?.close()
    this.#closed()
  }
}
