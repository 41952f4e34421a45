/**
 * Remembers which events came for which subscription. An event that came for one must still reach another that gets it
 * later, beside the stream.
 * @returns tells of an event whether it is new
 */
export function createSeenEvents(): (subscription: string, eventId: string) => boolean {
  /** Events that are remembered, at least; twice as many at most. */
  const least = 10_000
  let young = new Set<string>()
  let old = young
  return (subscription, eventId) => {
    const key = `${subscription} ${eventId}`
    if (young.has(key) || old.has(key)) return false
    young.add(key)
    if (young.size >= least) {
      old = young
      young = new Set()
    }
    return true
  }
}
