/** A Unicode class stands for hundreds of ranges, which are copied, sorted and folded wherever it is written. */
const unicodeClassWeight = 20
/** To ignore case, every character of a range is looked at; this many cost about as much as one step. */
const foldedPerStep = 64

/**
 * Bounds from above the work of compiling a pattern and, within a factor of two, its steps once its repetitions are
 * written out. It is read off the text, so that a pattern too heavy is known before the work is done.
 *
 * @returns at least 1 for each character
 */
export function weighPattern(source: string): number {
  let weight = source.length + 1 + countOf(source, /\\[pP]/g) * unicodeClassWeight
  if (/\(\?[a-zA-Z]*i/.test(source)) weight += weighFoldedRanges(source)
  // Counts of groups multiply, since groups nest; those of single characters add up. After `\Q…\E` a count can belong
  // to the group before it, so that an `E` is taken for a bracket.
  let groups = 1
  for (const [, end, least, most] of source.matchAll(/([)E]?)\{(\d+)(?:,(\d*))?\}/g)) {
    const times = Math.max(1, Number(least), Number(most ?? 0))
    if (end === '') weight += times
    else groups *= times
  }
  return weight * groups
}

/** Ranges within ASCII are few; of the others the end is what bounds the width. */
function weighFoldedRanges(source: string): number {
  let width = 0
  for (const [, hex, char] of source.matchAll(/-(?:\\x\{?([\da-fA-F]+)|([^\0-\x7f]))/gu)) {
    width += hex === undefined ? (char?.codePointAt(0) ?? 0) : Number.parseInt(hex, 16)
  }
  return Math.ceil(width / foldedPerStep)
}

function countOf(source: string, sought: RegExp): number {
  return source.match(sought)?.length ?? 0
}
