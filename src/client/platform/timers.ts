import type { Environment } from './environment.ts'

/** Timers that end together. */
export class Timers {
  readonly #environment: Environment
  readonly #running = new Set<unknown>()

  constructor(environment: Environment) {
    this.#environment = environment
  }

  /** Does something after `ms`, unless it is cleared before. */
  later(work: () => void, ms: number): void {
    const timer = this.#environment.setTimeout(() => {
      this.#running.delete(timer)
      work()
    }, ms)
    this.#running.add(timer)
  }

  clear(): void {
    for (const timer of this.#running) this.#environment.clearTimeout(timer)
    this.#running.clear()
  }
}
