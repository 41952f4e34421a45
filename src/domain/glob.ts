/**
 * Whether a text matches a glob: `*` is any run of characters, `?` any one. Two pointers instead of a regular
 * expression: the pattern comes from a client, and this costs at most pattern × text steps.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let p = 0
  let t = 0
  let star = -1
  let starText = 0
  while (t < text.length) {
    const char = pattern[p]
    if (char === '*') {
      star = p++
      starText = t
    } else if (char === '?' || char === text[t]) {
      p++
      t++
    } else if (star >= 0) {
      p = star + 1
      t = ++starText
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

/** Most steps that a glob takes beyond the length of the text: for all that follows its first `*` it may begin anew at each place. */
export function backtrackingOf(pattern: string, text: string): number {
  const star = pattern.indexOf('*')
  return star < 0 ? 0 : (pattern.length - 1 - star) * text.length
}
