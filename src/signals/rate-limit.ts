/**
 * Lets a number of things through in every second.
 * @param now milliseconds of a clock that only grows
 * @returns false for what is too much
 */
export function createRateLimit(perSecond: number, now: () => number): () => boolean {
  let second = 0
  let passed = 0
  return () => {
    const current = Math.floor(now() / 1_000)
    if (current !== second) {
      second = current
      passed = 0
    }
    return ++passed <= perSecond
  }
}
