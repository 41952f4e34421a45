/** Which rooms a rule speaks of: `office`, `order_{id}`, `chat:{station}:{desk}`. */
export interface RoomPattern {
  readonly source: string
  /** Names of the parts in braces, in order. */
  readonly parts: readonly string[]
  /** The parts of a room's name; null when the pattern does not speak of it. */
  match(room: string): Readonly<Record<string, string>> | null
}

/** What is wrong with a pattern; `offset` is where, in characters. */
export interface RoomPatternProblem {
  readonly problem: string
  readonly offset: number
}

const partName = /^[a-z_][a-z0-9_]{0,39}$/i
const maxParts = 4
/** What conditions call something else. */
const takenNames = ['auth', 'room', 'old', 'new', 'op', 'table', 'origin', 'in', 'true', 'false', 'null']

/**
 * Reads a pattern. A part in braces is one character or more and ends at the first place where the character after
 * the brace stands, so that there is one way only to read a name, and finding it takes one pass.
 */
export function parseRoomPattern(source: string): RoomPattern | RoomPatternProblem {
  const parts: string[] = []
  let expression = ''
  let at = 0
  for (const [whole, name = ''] of source.matchAll(/\{([^{}]*)\}/g)) {
    const start = source.indexOf(whole, at)
    const [after] = source.slice(start + whole.length)
    if (!partName.test(name)) return { problem: `has {${name}}, which is no name`, offset: start }
    if (takenNames.includes(name)) return { problem: `has {${name}}, a name that is taken`, offset: start }
    if (parts.includes(name)) return { problem: `has {${name}} twice`, offset: start }
    if (after === '{') return { problem: `has nothing between {${name}} and the next part`, offset: start }
    expression += asLiteral(source.slice(at, start))
    expression += after === undefined ? '(.+)' : `([^${escapeInClass(after)}]+)`
    parts.push(name)
    at = start + whole.length
  }
  const rest = source.slice(at)
  expression += asLiteral(rest)
  const brace = source.replace(/\{[^{}]*\}/g, whole => '.'.repeat(whole.length)).search(/[{}]/)
  if (brace !== -1) return { problem: 'has a brace without its other half', offset: brace }
  if (parts.length > maxParts) return { problem: `has more than ${maxParts} parts`, offset: 0 }
  const regularExpression = new RegExp(`^${expression}$`, 'su')
  return { source, parts, match: room => matchParts(regularExpression, parts, room) }
}

function matchParts(
  expression: RegExp,
  parts: readonly string[],
  room: string,
): Readonly<Record<string, string>> | null {
  const found = expression.exec(room)
  if (found === null) return null
  return Object.fromEntries(parts.map((name, index) => [name, found[index + 1] ?? '']))
}

function asLiteral(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}

function escapeInClass(char: string): string {
  return /[\\\]^-]/.test(char) ? `\\${char}` : char
}
