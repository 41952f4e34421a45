import type { ASTNode } from '@marcbachmann/cel-js'
import { columnOf } from './syntax-tree.ts'

/** What a column can be compared with; numbers of CEL's two kinds stand here as doubles. */
export type ColumnValue = string | number | boolean

/**
 * A condition that must hold for the whole expression to be true: the column has one of the values, in the row
 * before or in the row after. It says a little less than the expression does: numbers that differ only beyond the
 * precision of a double count as the same, and the two rows are not told apart.
 */
export interface Choice {
  readonly column: string
  readonly values: readonly ColumnValue[]
}

/**
 * The choices of an expression: `new.a == 1`, `new.a in [1, 2]`, `new.a == 1 || new.a == 2`, alone or joined to the rest
 * by `&&`.
 */
export function choicesOf(node: ASTNode): readonly Choice[] {
  switch (node.op) {
    case '&&':
      return node.args.flatMap(choicesOf)
    case '||':
      return either(choicesOf(node.args[0]), choicesOf(node.args[1]))
    case '==':
      return choice(node.args[0], [node.args[1]]) ?? choice(node.args[1], [node.args[0]]) ?? []
    case 'in':
      return (node.args[1].op === 'list' ? choice(node.args[0], node.args[1].args) : null) ?? []
    default:
      return []
  }
}

/** One of the two holds: only what both say of a column is known. */
function either(left: readonly Choice[], right: readonly Choice[]): readonly Choice[] {
  return left.flatMap(({ column, values }) =>
    right
      .filter(other => other.column === column)
      .map(other => ({ column, values: [...new Set([...values, ...other.values])] })),
  )
}

function choice(path: ASTNode, constants: readonly ASTNode[]): readonly Choice[] | null {
  const found = columnOf(path)
  if (found === null) return null
  const values = constants.map(constantOf)
  const known = values.filter(value => value !== null)
  if (known.length < values.length) return null
  return [{ column: found.column, values: [...new Set(known)] }]
}

/** Null when it is no constant, or one that no column has. */
function constantOf(node: ASTNode): ColumnValue | null {
  if (node.op === '-_') {
    const value = constantOf(node.args)
    return typeof value === 'number' ? -value : null
  }
  return node.op === 'value' ? columnValue(node.args) : null
}

/** A value as choices have it; null when it is none of theirs. */
export function columnValue(value: unknown): ColumnValue | null {
  if (typeof value === 'bigint') return Number(value)
  const isOne = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  return isOne ? value : null
}
