import type { ASTNode } from '@marcbachmann/cel-js'

/** Texts and comments, whose brackets are none; or a bracket. */
const tokens =
  /"""(?:\\[\s\S]|[^\\])*?"""|'''(?:\\[\s\S]|[^\\])*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\/\/[^\n]*|[()[\]{}]/g

/**
 * The text of a part of an expression, as its author wrote it. A node knows where it begins and ends, but not the
 * brackets around its outermost children: `(a || b) && c` begins at `a`. Those that are missing are taken in.
 */
export function partText(source: string, { start, end }: Pick<ASTNode, 'start' | 'end'>): string {
  const brackets = [...source.matchAll(tokens)].filter(({ 0: token }) => token.length === 1)
  let [open, missing] = [0, 0]
  for (const { 0: token, index } of brackets) {
    if (index < start || index >= end) continue
    if ('([{'.includes(token)) open++
    else if (open > 0) open--
    else missing++
  }
  const before = brackets.filter(({ index }) => index < start)
  const after = brackets.filter(({ index }) => index >= end)
  const from = missing === 0 ? start : (before.at(-missing)?.index ?? start)
  const to = open === 0 ? end : (after[open - 1]?.index ?? end - 1) + 1
  return source.slice(from, to)
}
