/** Remembers the ids of recent events: after a resume some come again. */
export class SeenEvents {
  readonly #ids = new Set<string>()
  readonly #capacity: number

  constructor(capacity = 10_000) {
    this.#capacity = capacity
  }

  /** True when the id is new; it is remembered then. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false
    this.#ids.add(id)
    const [oldest] = this.#ids
    if (this.#ids.size > this.#capacity && oldest !== undefined) this.#ids.delete(oldest)
    return true
  }
}
