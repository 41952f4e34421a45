const literal = String.raw`\/((?:\\.|[^/\\\n])+)\/`

/**
 * Which commands of a page a test takes, as its source says: all of them with `commandsRunBy`, else those that
 * `take(/…/)` matches and those between the two of `takeFromTo(/…/, /…/)`. The test itself finds out the same, but runs
 * only where there is a whole machine for it.
 */
export function takenBy(source: string, commands: readonly string[]): ReadonlySet<string> {
  if (source.includes('commandsRunBy(own')) return new Set(commands)
  const single = [...source.matchAll(new RegExp(String.raw`take\(\s*${literal}`, 'g'))]
  const ranges = [...source.matchAll(new RegExp(String.raw`takeFromTo\(\s*${literal},\s*${literal}`, 'g'))]
  const matched = single.flatMap(([, pattern = '']) =>
    commands.filter(command => new RegExp(pattern).test(command)),
  )
  const between = ranges.flatMap(([, first = '', last = '']) => {
    const from = commands.findIndex(command => new RegExp(first).test(command))
    const to = commands.findLastIndex(command => new RegExp(last).test(command))
    return from === -1 ? [] : commands.slice(from, to + 1)
  })
  return new Set([...matched, ...between])
}
