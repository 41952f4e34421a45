/** Ends what a call began; calling it again does nothing. */
export type Unlisten = () => void

/** Hears of what went wrong in somebody else's code. */
export type Report = (error: unknown) => void

/**
 * Calls somebody else's code.
 * @param report hears of what it throws, or rejects with
 */
export function callSafely(work: () => unknown, report: Report): void {
  try {
    const result = work() as PromiseLike<unknown> | undefined
    result?.then?.(undefined, report)
  } catch (error) {
    report(error)
  }
}

/** Listeners of one thing. */
export class Listeners<Value> {
  readonly #all = new Set<(value: Value) => unknown>()

  /** The same function may be added twice. */
  add(call: (value: Value) => unknown): Unlisten {
    const entry = (value: Value) => call(value)
    this.#all.add(entry)
    return () => void this.#all.delete(entry)
  }

  /** @returns how many have heard */
  emit(value: Value, report: Report): number {
    const all = [...this.#all]
    for (const call of all) callSafely(() => call(value), report)
    return all.length
  }
}
