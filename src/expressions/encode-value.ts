import { Row } from './row.ts'

/**
 * Writes the result of an expression as JSON: integers with all their digits, timestamps in RFC 3339, bytes in
 * base64, durations and types as CEL prints them. A whole row keeps its own text. Not-a-number and the infinities
 * become strings, as PostgreSQL's `to_jsonb` writes them.
 */
export function encodeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'bigint':
    case 'boolean':
      return String(value)
    case 'number':
      return Number.isFinite(value) ? String(value) : `"${value}"`
    case 'object':
      return value === null ? 'null' : encodeObject(value)
    default:
      return 'null'
  }
}

function encodeObject(value: object): string {
  if (value instanceof Row) return value.text
  if (Array.isArray(value)) return `[${value.map(encodeValue).join(',')}]`
  if (value instanceof Map) return encodeMembers(value)
  if (value instanceof Set) return encodeObject([...value])
  if (value instanceof Date) return JSON.stringify(value.toISOString())
  if (value instanceof Uint8Array) return `"${Buffer.from(value).toString('base64')}"`
  const prototype = Object.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype) return encodeMembers(Object.entries(value))
  const plain: unknown = value.valueOf()
  return typeof plain === 'bigint' ? String(plain) : JSON.stringify(String(value))
}

function encodeMembers(members: Iterable<readonly [unknown, unknown]>): string {
  const texts: string[] = []
  for (const [name, member] of members) texts.push(`${JSON.stringify(String(name))}:${encodeValue(member)}`)
  return `{${texts.join(',')}}`
}
