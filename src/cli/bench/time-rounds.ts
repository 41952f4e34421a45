/** What one thing took, milliseconds. */
export interface Timing {
  readonly p50: number
  readonly p99: number
  readonly most: number
}

/** Rounds before the first that counts: connections, caches and plans are made ready by them. */
const warmUp = 5

/**
 * Times several things in turn, so that a machine that slows down for a while slows all of them.
 * @param things by name
 * @param rounds how often each; at least 1
 */
export async function timeRounds<Name extends string>(
  things: Readonly<Record<Name, () => Promise<unknown>>>,
  rounds: number,
): Promise<Record<Name, Timing>> {
  const names = Object.keys(things) as Name[]
  const times = Object.fromEntries(names.map(name => [name, [] as number[]])) as Record<Name, number[]>
  for (let round = -warmUp; round < rounds; round++) {
    for (const name of names) {
      const start = performance.now()
      await things[name]()
      if (round >= 0) times[name].push(performance.now() - start)
    }
  }
  return Object.fromEntries(names.map(name => [name, timingOf(times[name])])) as Record<Name, Timing>
}

function timingOf(times: readonly number[]): Timing {
  const sorted = [...times].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { p50: at(0.5), p99: at(0.99), most: sorted.at(-1) ?? 0 }
}
