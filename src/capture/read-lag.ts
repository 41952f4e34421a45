/** How far the reader may be behind the database: everything committed before that moment has been handed on. */
export class ReadLag {
  readonly #now: () => number
  /** Null before the first read has ended. */
  #upToDateAt: number | null = null
  #rests = false

  /** @param now milliseconds of a clock that only grows */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Milliseconds; 0 while the bell would tell of anything new, null before the first read has ended. */
  get ms(): number | null {
    if (this.#upToDateAt === null) return null
    return this.#rests ? 0 : Math.max(0, this.#now() - this.#upToDateAt)
  }

  /** A read that began then has ended: what was committed by then was found. */
  reached(beganAt: number): void {
    this.#upToDateAt = beganAt
  }

  /** Nothing is left to read, and the bell tells when there is. */
  rest(): void {
    this.#rests = true
  }

  /** The rest is over: until the next read has ended there may be something. */
  wake(): void {
    if (!this.#rests) return
    this.#rests = false
    this.#upToDateAt = this.#now()
  }
}
