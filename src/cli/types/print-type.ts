import { quoteText } from './quote-text.ts'
import type { Field, ValueType } from './value-type.ts'

/** Columns of a line. */
const lineWidth = 110

/** A piece of a type that can stand on one line or be broken into several. */
export type Piece =
  | string
  | { readonly members: readonly (readonly [key: string, value: Piece])[] }
  | { readonly union: readonly Piece[] }

/** A value as a type of TypeScript. */
export function pieceOf(type: ValueType): Piece {
  switch (type.kind) {
    case 'integer':
    case 'number':
      return 'number'
    case 'named':
      return type.type.name
    case 'nullable':
      return { union: [pieceOf(type.of), 'null'] }
    case 'array':
      return `${asItem(pieceOf(type.items))}[]`
    case 'map':
      return `{ [key: string]: ${flat(pieceOf(type.values))} }`
    case 'object':
      return membersOf(type.fields)
    default:
      return type.kind
  }
}

/** Texts as a union of literals. */
export function literals(texts: readonly string[]): Piece {
  if (texts.length === 0) return 'never'
  return { union: texts.map(quoteText) }
}

/**
 * Prints a piece after what stands before it on its line.
 * @param before the line so far, with its indent
 * @param broken true: in several lines even if one would do
 */
export function printPiece(before: string, piece: Piece, broken = false): readonly string[] {
  const line = `${before} ${flat(piece)}`
  const isBroken = broken && typeof piece !== 'string' && !('members' in piece && piece.members.length === 0)
  if (typeof piece === 'string' || (line.length <= lineWidth && !isBroken)) return [line]
  const indent = `${/^ */.exec(before)?.[0] ?? ''}  `
  if ('members' in piece) {
    const inner = piece.members.flatMap(([key, value]) => printPiece(`${indent}${key}:`, value))
    return [`${before} {`, ...inner, `${indent.slice(2)}}`]
  }
  const parts = piece.union.flatMap(part => {
    const [first = '', ...rest] = printPiece(`${indent}|`, part)
    // What is broken inside a member of a union is indented past its bar.
    return [first, ...rest.map(more => `  ${more}`)]
  })
  return [before, ...parts]
}

/** A name of a member: quoted unless it surely need not be. */
export function memberName(name: string): string {
  return /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name) ? name : quoteText(name)
}

function membersOf(fields: readonly Field[]): Piece {
  return { members: fields.map(({ name, type }) => [memberName(name), pieceOf(type)]) }
}

function flat(piece: Piece): string {
  if (typeof piece === 'string') return piece
  if ('union' in piece) return piece.union.map(flat).join(' | ')
  if (piece.members.length === 0) return '{}'
  return `{ ${piece.members.map(([key, value]) => `${key}: ${flat(value)}`).join('; ')} }`
}

function asItem(piece: Piece): string {
  return typeof piece === 'object' && 'union' in piece ? `(${flat(piece)})` : flat(piece)
}
