import { rtbridgeError } from '../domain/errors/registry.ts'

/** Code units of JSON's own characters, and of white space. */
const quote = 0x22
const backslash = 0x5c
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d
const comma = 0x2c
const colon = 0x3a

/**
 * Splits a JSON object into its members without decoding them: name → the value's own JSON text.
 *
 * @param text a JSON object as PostgreSQL prints `jsonb`; when a name is there twice, the last one counts
 * @throws RTB_ROW_UNREADABLE
 */
export function splitObject(text: string): Map<string, string> {
  const members = new Map<string, string>()
  visitMembers(text, (name, start, end) => {
    members.set(name, text.slice(start, end))
    return true
  })
  return members
}

/**
 * One member's own JSON text; undefined when there is none of this name. Keeps nothing, so it costs little.
 *
 * @param text a JSON object as PostgreSQL prints `jsonb`: no name is there twice
 * @throws RTB_ROW_UNREADABLE when the text is broken before the member
 */
export function memberText(text: string, name: string): string | undefined {
  let found: string | undefined
  visitMembers(text, (candidate, start, end) => {
    if (candidate !== name) return true
    found = text.slice(start, end)
    return false
  })
  return found
}

/**
 * The object without some of its members; the others keep their own text.
 *
 * @param text a JSON object as PostgreSQL prints `jsonb`
 * @returns the same text when none of them is there
 * @throws RTB_ROW_UNREADABLE
 */
export function withoutMembers(text: string, names: readonly string[]): string {
  const kept: string[] = []
  let isCut = false
  visitMembers(text, (name, start, end) => {
    if (names.includes(name)) isCut = true
    else kept.push(`${JSON.stringify(name)}: ${text.slice(start, end)}`)
    return true
  })
  return isCut ? `{${kept.join(', ')}}` : text
}

/**
 * The object with some of its members only; they keep their own text and order.
 *
 * @param text a JSON object as PostgreSQL prints `jsonb`
 * @throws RTB_ROW_UNREADABLE
 */
export function onlyMembers(text: string, names: ReadonlySet<string>): string {
  const kept: string[] = []
  visitMembers(text, (name, start, end) => {
    if (names.has(name)) kept.push(`${JSON.stringify(name)}: ${text.slice(start, end)}`)
    return true
  })
  return `{${kept.join(', ')}}`
}

/**
 * Shows each member's name and where its value stands, for as long as `visit` returns true. One pass, no recursion, so
 * neither size nor nesting can hurt.
 */
function visitMembers(text: string, visit: (name: string, start: number, end: number) => boolean): void {
  let at = skipSpace(text, 0)
  if (text.charCodeAt(at) !== openBrace) throw unreadable('not an object')
  at = skipSpace(text, at + 1)
  if (text.charCodeAt(at) === closeBrace) return
  for (;;) {
    if (text.charCodeAt(at) !== quote) throw unreadable('a name is missing')
    const nameEnd = stringEnd(text, at)
    const name = decodeString(text.slice(at, nameEnd))
    at = skipSpace(text, nameEnd)
    if (text.charCodeAt(at) !== colon) throw unreadable('a colon is missing')
    at = skipSpace(text, at + 1)
    const end = valueEnd(text, at)
    if (!visit(name, at, end)) return
    at = skipSpace(text, end)
    const next = text.charCodeAt(at)
    if (next === closeBrace) return
    if (next !== comma) throw unreadable('a comma is missing')
    at = skipSpace(text, at + 1)
  }
}

/** The first position at or after `at` that is not white space. */
export function skipSpace(text: string, at: number): number {
  let i = at
  for (;;) {
    const code = text.charCodeAt(i)
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return i
    i++
  }
}

/** The position after the string literal that begins at `at`. */
export function stringEnd(text: string, at: number): number {
  let end = at
  for (;;) {
    end = text.indexOf('"', end + 1)
    if (end === -1) throw unreadable('a string does not end')
    let escapes = 0
    while (text.charCodeAt(end - 1 - escapes) === backslash) escapes++
    if (escapes % 2 === 0) return end + 1
  }
}

/** The content of a string literal, quotes included in `literal`. */
export function decodeString(literal: string): string {
  return literal.includes('\\') ? JSON.parse(literal) : literal.slice(1, -1)
}

/** The position after the number, `true`, `false` or `null` that begins at `at`. */
export function wordEnd(text: string, at: number): number {
  let i = at
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === comma || code === closeBrace || code === closeBracket || code <= 0x20) break
  }
  if (i === at) throw unreadable('a value is missing')
  return i
}

/** An error about JSON text that never quotes it: rows are private. */
export function unreadable(problem: string) {
  return rtbridgeError('RTB_ROW_UNREADABLE', { problem })
}

/** The position after the value that begins at `at`. @throws RTB_ROW_UNREADABLE when it does not end */
export function valueEnd(text: string, at: number): number {
  const first = text.charCodeAt(at)
  if (first === quote) return stringEnd(text, at)
  if (first !== openBrace && first !== openBracket) return wordEnd(text, at)
  let depth = 0
  for (let i = at; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === quote) i = stringEnd(text, i) - 1
    else if (code === openBrace || code === openBracket) depth++
    else if ((code === closeBrace || code === closeBracket) && --depth === 0) return i + 1
  }
  throw unreadable('a value does not end')
}
