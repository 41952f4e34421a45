/**
 * Tells what is worth a log line of a trouble that is met again and again.
 *
 * @param remindEveryMs the same one counts as news again after this
 * @param now milliseconds of a clock that only grows
 * @returns true for another trouble than the last, or when it is time to remind
 */
export function createRepeatFilter(remindEveryMs: number, now: () => number): (what: string) => boolean {
  let last: { readonly what: string; readonly at: number } | null = null
  return what => {
    if (last?.what === what && now() - last.at < remindEveryMs) return false
    last = { what, at: now() }
    return true
  }
}
