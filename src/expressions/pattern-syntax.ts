/** Tells whether one code point is accepted. */
export type CharTest = (codePoint: number) => boolean

/** The tree of a pattern: RE2's syntax without captures, which a yes-or-no match does not need. */
export type PatternNode =
  | { readonly kind: 'char'; readonly test: CharTest }
  | { readonly kind: 'assert'; readonly where: 'begin' | 'end' | 'word' | 'no-word' }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly part: PatternNode; readonly min: number; readonly max: number }

/** What is wrong with a pattern, and where. */
export class PatternError extends Error {
  readonly offset: number
  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

const maxRepeat = 1_000
const maxDepth = 50
const controls: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11, a: 7 }

/**
 * Parses a regular expression in RE2's syntax.
 * @throws PatternError for what RE2 has not (back-references, look-around) or we do not support
 */
export function parsePattern(source: string): PatternNode {
  const flags = /^\(\?([is]+)\)/.exec(source)
  const state: State = {
    source,
    at: flags?.[0].length ?? 0,
    depth: 0,
    ignoreCase: flags?.[1]?.includes('i') ?? false,
    dotAll: flags?.[1]?.includes('s') ?? false,
  }
  const node = takeChoice(state)
  if (state.at < source.length) throw new PatternError('has a `)` too many', state.at)
  return node
}

interface State {
  readonly source: string
  readonly ignoreCase: boolean
  readonly dotAll: boolean
  at: number
  depth: number
}

function takeChoice(state: State): PatternNode {
  if (++state.depth > maxDepth) throw new PatternError('has too many brackets in brackets', state.at)
  const parts = [takeSequence(state)]
  while (state.source[state.at] === '|') {
    state.at++
    parts.push(takeSequence(state))
  }
  state.depth--
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : { kind: 'choice', parts }
}

function takeSequence(state: State): PatternNode {
  const parts: PatternNode[] = []
  while (state.at < state.source.length && !'|)'.includes(state.source.charAt(state.at))) {
    parts.push(takeRepeats(state, takeAtom(state)))
  }
  return { kind: 'sequence', parts }
}

function takeRepeats(state: State, part: PatternNode): PatternNode {
  const match = /^(?:([*+?])|\{(\d{1,5})(,(\d{0,5}))?\})\??/.exec(state.source.slice(state.at, state.at + 16))
  if (match === null) return part
  const [text, sign, low, comma, high] = match
  const min = sign === undefined ? Number(low) : sign === '+' ? 1 : 0
  const bounded = comma === undefined ? min : high === '' ? Number.POSITIVE_INFINITY : Number(high)
  const max = sign === undefined ? bounded : sign === '?' ? 1 : Number.POSITIVE_INFINITY
  if (min > maxRepeat || (max !== Number.POSITIVE_INFINITY && max > maxRepeat) || max < min) {
    throw new PatternError(`repeats more than ${maxRepeat} times, or backwards`, state.at)
  }
  state.at += text.length
  if ('*+?'.includes(state.source.charAt(state.at) || ' ')) {
    throw new PatternError('repeats a repetition', state.at)
  }
  return { kind: 'repeat', part, min, max }
}

function takeAtom(state: State): PatternNode {
  const start = state.at
  const char = takeCodePoint(state)
  switch (char) {
    case '(':
      return takeGroup(state, start)
    case '[':
      return { kind: 'char', test: takeClass(state, start) }
    case '.':
      return { kind: 'char', test: state.dotAll ? () => true : code => code !== 10 }
    case '^':
      return { kind: 'assert', where: 'begin' }
    case '$':
      return { kind: 'assert', where: 'end' }
    case '\\':
      return takeEscape(state, start)
    case '*':
    case '+':
    case '?':
      throw new PatternError(`has nothing before \`${char}\``, start)
    default:
      return { kind: 'char', test: sameChar(state, char.codePointAt(0) ?? 0) }
  }
}

function takeGroup(state: State, start: number): PatternNode {
  const opening = /^\?(?::|P?<[A-Za-z_]\w*>)/.exec(state.source.slice(state.at, state.at + 80))
  if (opening !== null) state.at += opening[0].length
  else if (state.source[state.at] === '?') {
    throw new PatternError('uses look-around or a flag inside, which is not offered', start)
  }
  const inner = takeChoice(state)
  if (state.source[state.at] !== ')') throw new PatternError('has a `(` that is not closed', start)
  state.at++
  return inner
}

function takeEscape(state: State, start: number): PatternNode {
  const next = state.source.charAt(state.at)
  const where = { b: 'word', B: 'no-word', A: 'begin', z: 'end' } as const
  if (Object.hasOwn(where, next)) {
    state.at++
    return { kind: 'assert', where: where[next as keyof typeof where] }
  }
  const test = takeEscapedClass(state)
  return { kind: 'char', test: test ?? sameChar(state, takeEscapedChar(state, start)) }
}

/** `\d`, `\w`, `\s`, `\p{…}` and their opposites; null when the escape is a single character. */
function takeEscapedClass(state: State): CharTest | null {
  const match = /^(?:[dDwWsS]|[pP]\{[A-Za-z_=]{1,40}\})/.exec(state.source.slice(state.at, state.at + 48))
  if (match === null) return null
  // One class against one character is safe for the built-in engine: there is nothing to go back to.
  let single: RegExp
  try {
    single = new RegExp(`^\\${match[0]}$`, 'u')
  } catch {
    throw new PatternError(`has an unknown class \`\\${match[0]}\``, state.at)
  }
  state.at += match[0].length
  return code => single.test(String.fromCodePoint(code))
}

function takeEscapedChar(state: State, start: number): number {
  const hex = /^(?:x([0-9A-Fa-f]{2})|x\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4}))/.exec(
    state.source.slice(state.at, state.at + 10),
  )
  if (hex !== null) {
    state.at += hex[0].length
    return Number.parseInt(hex[1] ?? hex[2] ?? hex[3] ?? '', 16)
  }
  const char = takeCodePoint(state)
  if (char === '') throw new PatternError('ends with a backslash', start)
  if (/[1-9]/.test(char)) throw new PatternError('uses a back-reference, which is not offered', start)
  const control = controls[char]
  if (control !== undefined) return control
  if (/[A-Za-z0]/.test(char)) throw new PatternError(`has an unknown escape \`\\${char}\``, start)
  return char.codePointAt(0) ?? 0
}

function takeClass(state: State, start: number): CharTest {
  const negated = state.source[state.at] === '^'
  if (negated) state.at++
  const tests: CharTest[] = []
  for (let first = true; first || state.source[state.at] !== ']'; first = false) {
    if (state.at >= state.source.length) throw new PatternError('has a `[` that is not closed', start)
    tests.push(takeClassItem(state))
  }
  state.at++
  const any: CharTest = code => tests.some(test => test(code))
  return negated ? code => !any(code) : any
}

function takeClassItem(state: State): CharTest {
  const start = state.at
  const low = takeClassChar(state)
  if (typeof low === 'function') return low
  if (state.source[state.at] !== '-' || state.source[state.at + 1] === ']') return sameChar(state, low)
  state.at++
  const high = takeClassChar(state)
  if (typeof high === 'function' || high < low) throw new PatternError('has a range that is none', start)
  const within: CharTest = code => code >= low && code <= high
  return state.ignoreCase ? code => casesOf(code).some(within) : within
}

function takeClassChar(state: State): CharTest | number {
  const start = state.at
  const char = takeCodePoint(state)
  if (char !== '\\') return char.codePointAt(0) ?? 0
  return takeEscapedClass(state) ?? takeEscapedChar(state, start)
}

function takeCodePoint(state: State): string {
  const code = state.source.codePointAt(state.at)
  if (code === undefined) return ''
  const char = String.fromCodePoint(code)
  state.at += char.length
  return char
}

function sameChar(state: State, wanted: number): CharTest {
  return state.ignoreCase ? code => casesOf(code).includes(wanted) : code => code === wanted
}

function casesOf(code: number): number[] {
  const char = String.fromCodePoint(code)
  return [code, char.toLowerCase().codePointAt(0) ?? code, char.toUpperCase().codePointAt(0) ?? code]
}
