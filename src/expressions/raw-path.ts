import type { ASTNode } from '@marcbachmann/cel-js'
import { EvaluationFailure } from './evaluation-failure.ts'
import { memberText } from './json-text.ts'
import type { Scope } from './scope.ts'

/** An expression that is only a path: `new`, `new.amount`, `old.address.city`. */
export interface RawPath {
  readonly row: 'old' | 'new'
  readonly names: readonly string[]
}

/** The path an expression is; null when it computes something. */
export function rawPathOf(node: ASTNode): RawPath | null {
  if (node.op === 'id')
    return node.args === 'old' || node.args === 'new' ? { row: node.args, names: [] } : null
  if (node.op !== '.') return null
  const parent = rawPathOf(node.args[0])
  return parent === null ? null : { row: parent.row, names: [...parent.names, node.args[1]] }
}

/**
 * The JSON text a path leads to, untouched: `10.10` stays `10.10`.
 * @throws EvaluationFailure when there is no such column or member
 */
export function readRawPath(path: RawPath, scope: Scope): string {
  const row = scope[path.row]
  const [column, ...members] = path.names
  if (column === undefined) return row === null ? 'null' : row.text
  if (row === null) {
    throw new EvaluationFailure(
      `\`${path.row}.${column}\` was asked for, and ${scope.op} has no \`${path.row}\` row`,
    )
  }
  let text = row.raw(column)
  for (const member of members) text = text?.startsWith('{') ? memberText(text, member) : undefined
  if (text === undefined)
    throw new EvaluationFailure(`there is no \`${[path.row, ...path.names].join('.')}\``)
  return text
}
