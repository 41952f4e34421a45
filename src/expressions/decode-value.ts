import { decodeString, skipSpace, stringEnd, unreadable, wordEnd } from './json-text.ts'

/** A value as expressions see it: integers are exact, other numbers doubles, objects maps. */
export type Value = null | boolean | bigint | number | string | Value[] | Map<string, Value>

/** Deeper values are refused: decoding is recursive, and no rule looks that deep. */
const maxDepth = 200

/**
 * Decodes JSON text for expressions. Integers become bigint whatever their size, other numbers double, objects maps
 * (so that a member named `__proto__` is a member like any other).
 *
 * @throws RTB_ROW_UNREADABLE also when nested deeper than 200
 */
export function decodeValue(text: string): Value {
  const input = { text, at: skipSpace(text, 0) }
  return takeValue(input, 0)
}

interface Input {
  readonly text: string
  at: number
}

function takeValue(input: Input, depth: number): Value {
  if (depth > maxDepth) throw unreadable(`nested deeper than ${maxDepth}`)
  const first = input.text[input.at]
  if (first === '"') return takeString(input)
  if (first === '[') return takeArray(input, depth)
  if (first === '{') return takeObject(input, depth)
  const end = wordEnd(input.text, input.at)
  const word = input.text.slice(input.at, end)
  input.at = end
  return decodeWord(word)
}

function decodeWord(word: string): Value {
  if (word === 'null') return null
  if (word === 'true') return true
  if (word === 'false') return false
  if (/^-?\d+$/.test(word)) return BigInt(word)
  const number = Number(word)
  if (Number.isNaN(number)) throw unreadable('a value is not JSON')
  return number
}

function takeString(input: Input): string {
  const end = stringEnd(input.text, input.at)
  const value = decodeString(input.text.slice(input.at, end))
  input.at = end
  return value
}

function takeArray(input: Input, depth: number): Value[] {
  const items: Value[] = []
  takeMembers(input, ']', () => {
    items.push(takeValue(input, depth + 1))
  })
  return items
}

function takeObject(input: Input, depth: number): Map<string, Value> {
  const members = new Map<string, Value>()
  takeMembers(input, '}', () => {
    const name = takeString(input)
    input.at = skipSpace(input.text, input.at)
    if (input.text[input.at] !== ':') throw unreadable('a colon is missing')
    input.at = skipSpace(input.text, input.at + 1)
    members.set(name, takeValue(input, depth + 1))
  })
  return members
}

function takeMembers(input: Input, close: string, takeOne: () => void): void {
  input.at = skipSpace(input.text, input.at + 1)
  if (input.text[input.at] === close) {
    input.at++
    return
  }
  for (;;) {
    takeOne()
    input.at = skipSpace(input.text, input.at)
    const next = input.text[input.at++]
    if (next === close) return
    if (next !== ',') throw unreadable('a comma is missing')
    input.at = skipSpace(input.text, input.at)
  }
}
