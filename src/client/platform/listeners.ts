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
export interface Listeners<Value> {
  /** The same function may be added twice. */
  add(call: (value: Value) => unknown): Unlisten
  /** Tells all of them; a value that one of them brings about is told after the one before. @returns how many there are */
  emit(value: Value): number
}

/** Makes listeners; what one of them throws keeps it from none of the others. */
export function createListeners<Value>(report: Report): Listeners<Value> {
  const all = new Set<(value: Value) => unknown>()
  let waiting: Value[] = []
  return {
    add(call) {
      const entry = (value: Value) => call(value)
      all.add(entry)
      return () => void all.delete(entry)
    },
    emit(value) {
      const count = all.size
      waiting.push(value)
      // What a listener brings about comes after what it hears of, for all of them.
      if (waiting.length === 1) {
        for (const next of waiting) for (const call of [...all]) callSafely(() => call(next), report)
        waiting = []
      }
      return count
    },
  }
}
