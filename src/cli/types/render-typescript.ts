import { docComment } from './doc-comment.ts'
import { literals, memberName, type Piece, pieceOf, printPiece } from './print-type.ts'
import { quoteText } from './quote-text.ts'
import { type EventVariant, type NamedType, rowsByLabel, type TypeModel } from './value-type.ts'

/**
 * Writes the types as a module of TypeScript without imports. The same model gives the same bytes.
 * @param command what makes it anew
 */
export function renderTypescript(model: TypeModel, command: string): string {
  const named = [...model.tables.map(({ row }) => row), ...model.types]
  const lines = [
    '/* eslint-disable */',
    '// Made from the database and rtbridge.yaml; what is changed by hand is lost. To make it anew:',
    `//   ${command}`,
    ...named.flatMap(type => ['', ...printNamed(type)]),
    '',
    '/** What `createClient<Schema>` knows of tables and events. */',
    'export interface Schema {',
    ...printPiece('  tables:', { members: [...rowsByLabel(model)].map(tableMember) }, true),
    ...printPiece('  events:', { members: model.events.map(eventMember) }, true),
    '}',
  ]
  return `${lines.join('\n')}\n`
}

function printNamed({ name, remarks, shape }: NamedType): readonly string[] {
  const comment = docComment(remarks, '')
  if (shape.kind === 'enum')
    return [...comment, ...printPiece(`export type ${name} =`, literals(shape.labels))]
  const members = shape.fields.flatMap(field => [
    ...docComment(field.remarks, '  '),
    ...printPiece(`  ${memberName(field.name)}:`, pieceOf(field.type)),
  ])
  return [
    ...comment,
    ...(members.length === 0
      ? [`export interface ${name} {}`]
      : [`export interface ${name} {`, ...members, '}']),
  ]
}

function tableMember([label, rows]: readonly [string, readonly NamedType[]]): readonly [string, Piece] {
  return [memberName(label), oneOf(rows.map(({ name }) => name))]
}

function eventMember({ name, variants }: TypeModel['events'][number]): readonly [string, Piece] {
  return [memberName(name), oneOf(variants.map(variantPiece))]
}

function oneOf(pieces: readonly Piece[]): Piece {
  const [first] = pieces
  return pieces.length === 1 && first !== undefined ? first : { union: pieces }
}

function variantPiece({ table, ops, data }: EventVariant): Piece {
  return {
    members: [
      ['data', pieceOf(data)],
      ['table', quoteText(table)],
      ['op', literals(ops)],
    ],
  }
}
