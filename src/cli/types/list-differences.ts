/** What differs between two texts, line by line. */
export interface Difference {
  /** Line of the first text, 1-based: the removed line, or the one before which a line is added. */
  readonly line: number
  readonly kind: 'removed' | 'added'
  readonly text: string
}

/** Larger middles are not compared line by line, but told whole. */
const maxCells = 4_000_000

/** The fewest lines to take out and put in that lead from one text to the other; empty when they are equal. */
export function listDifferences(from: string, to: string): readonly Difference[] {
  const a = from.split('\n')
  const b = to.split('\n')
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  let end = 0
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++
  return compare(a.slice(start, a.length - end), b.slice(start, b.length - end), start + 1)
}

function compare(a: readonly string[], b: readonly string[], firstLine: number): Difference[] {
  const rest = a.length * b.length > maxCells ? null : commonLengths(a, b)
  const differences: Difference[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    if (rest !== null && i < a.length && j < b.length && a[i] === b[j]) {
      i++
      j++
      continue
    }
    const down = rest?.[i + 1]?.[j] ?? 0
    const right = rest?.[i]?.[j + 1] ?? 0
    const removes = i < a.length && (j >= b.length || down >= right)
    const text = (removes ? a[i++] : b[j++]) ?? ''
    differences.push({ line: firstLine + i - (removes ? 1 : 0), kind: removes ? 'removed' : 'added', text })
  }
  return differences
}

/** For each pair of places, how many lines the rests have in common, in order. */
function commonLengths(a: readonly string[], b: readonly string[]): readonly Uint32Array[] {
  const table = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1))
  for (let i = a.length - 1; i >= 0; i--) {
    const row = table[i]
    const below = table[i + 1]
    if (row === undefined || below === undefined) continue
    for (let j = b.length - 1; j >= 0; j--) {
      row[j] = a[i] === b[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0)
    }
  }
  return table
}
