/** The word that was probably meant: at most a third of its letters differ, and never more than three. */
export function closestWord(found: string, words: readonly string[]): string | null {
  let best: string | null = null
  let bestDistance = Math.min(3, Math.ceil(found.length / 3)) + 1
  for (const word of words) {
    const distance = editDistance(found.slice(0, 64).toLowerCase(), word.toLowerCase())
    if (distance < bestDistance) {
      best = word
      bestDistance = distance
    }
  }
  return best
}

/** `; did you mean "port"?`, or nothing. */
export function didYouMean(found: string, words: readonly string[]): string {
  const word = closestWord(found, words)
  return word === null ? '' : `; did you mean "${word}"?`
}

/**
 * Number of letters to insert, remove or replace.
 * @see https://en.wikipedia.org/wiki/Levenshtein_distance
 */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replace = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(replace, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1))
    }
    previous = row
  }
  return previous[b.length] ?? 0
}
