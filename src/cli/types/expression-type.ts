import type { Expression } from '../../expressions/compile-expression.ts'
import type { RawPath } from '../../expressions/raw-path.ts'
import type { Field, NamedType, ValueType } from './value-type.ts'

/** What an expression gives, or why it gives nothing: then the event does not happen. */
export type ExpressionType = ValueType | { readonly kind: 'impossible'; readonly why: string }

/**
 * The type of a field of an event's `data`.
 * @param row of the table, without what is excluded
 * @param op INSERT, UPDATE, DELETE or TRUNCATE
 */
export function expressionType(expression: Expression, row: NamedType, op: string): ExpressionType {
  const { rawPath, type } = expression
  return rawPath === null ? celType(type) : pathType(rawPath, row, op)
}

/** As `readRawPath` reads it. */
function pathType(path: RawPath, row: NamedType, op: string): ExpressionType {
  const isThere = path.row === 'old' ? op === 'UPDATE' || op === 'DELETE' : op === 'INSERT' || op === 'UPDATE'
  if (path.names.length === 0) return isThere ? { kind: 'named', type: row } : { kind: 'null' }
  if (!isThere) return impossible(`${op} has no \`${path.row}\` row`)
  let type: ValueType = { kind: 'named', type: row }
  for (const name of path.names) {
    // Of what is null there are no members, and then the event does not happen.
    if (type.kind === 'nullable') type = type.of
    if (type.kind === 'unknown') return type
    const member: Field | undefined = membersOf(type)?.find(field => field.name === name)
    if (member === undefined) return impossible(`there is no \`${[path.row, ...path.names].join('.')}\``)
    type = member.type
  }
  return type
}

function membersOf(type: ValueType): readonly Field[] | null {
  if (type.kind !== 'named' || type.type.shape.kind !== 'object') return null
  return type.type.shape.fields
}

function impossible(why: string): ExpressionType {
  return { kind: 'impossible', why }
}

/** As `encodeValue` writes them. */
const celTypes: ReadonlyMap<string, ValueType> = new Map([
  ['bool', { kind: 'boolean' }],
  ['int', { kind: 'integer' }],
  ['uint', { kind: 'integer' }],
  ['double', { kind: 'number' }],
  ['string', { kind: 'string' }],
  ['bytes', { kind: 'string' }],
  ['type', { kind: 'string' }],
  ['google.protobuf.Timestamp', { kind: 'string' }],
  ['google.protobuf.Duration', { kind: 'string' }],
  ['null', { kind: 'null' }],
  ['list', { kind: 'array', items: { kind: 'unknown' } }],
])

function celType(type: string): ValueType {
  const known = celTypes.get(type)
  if (known !== undefined) return known
  const [, items] = /^list<(.*)>$/.exec(type) ?? []
  if (items !== undefined) return { kind: 'array', items: celType(items) }
  // Whatever its keys are, they are texts in JSON.
  const [, values] = /^map<\w+, (.*)>$/.exec(type) ?? []
  return values === undefined ? { kind: 'unknown' } : { kind: 'map', values: celType(values) }
}
