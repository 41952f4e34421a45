/** The word nearest to what was written, for "did you mean"; null when none is within a third of its length. */
export function closestWord(written: string, words: readonly string[]): string | null {
  // Longer input cannot be near to any of our words, and the distance costs length × length.
  if (written.length > 40) return null
  let best: { word: string; distance: number } | null = null
  for (const word of words) {
    const distance = editDistance(written.toLowerCase(), word)
    if (distance <= Math.max(1, Math.floor(word.length / 3)) && (best === null || distance < best.distance)) {
      best = { word, distance }
    }
  }
  return best?.word ?? null
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(substitution, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1))
    }
    previous = row
  }
  return previous[b.length] ?? 0
}
