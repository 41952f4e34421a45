/**
 * Measures several things in turn, round by round, so that a machine whose speed drifts favours none of them. Each
 * round begins with another one, because the first after a pause may be slower.
 *
 * @param names what is measured
 * @param rounds how many times each
 * @param measure gets a name and the round, from 0
 * @returns for each name what was measured, a list of `rounds`
 */
export async function interleave(names, rounds, measure) {
  const results = Object.fromEntries(names.map(name => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (let at = 0; at < names.length; at++) {
      const name = names[(at + round) % names.length]
      results[name].push(await measure(name, round))
    }
  }
  return results
}
