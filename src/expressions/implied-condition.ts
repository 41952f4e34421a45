import type { ASTNode } from '@marcbachmann/cel-js'
import type { Comparison, ConditionValue, RowCondition } from '../domain/row-condition.ts'
import { comparisons } from '../domain/row-condition.ts'
import { columnOf } from './syntax-tree.ts'

/**
 * What must hold of the columns of `new` before an expression can be true. An `&&` is true only when both sides are,
 * whatever fails; an `||` when one is.
 *
 * @returns null when nothing is known
 */
export function impliedCondition(node: ASTNode): RowCondition | null {
  if (node.op === '&&' || node.op === '||') return joined(node.op, node.args)
  const flag = newColumn(node)
  if (flag !== null) return { kind: 'compare', column: flag, op: '==', value: true }
  if (node.op === '!_') {
    const column = newColumn(node.args)
    return column === null ? null : { kind: 'compare', column, op: '==', value: false }
  }
  if (node.op === 'in') return membership(...node.args)
  if (node.op === 'rcall') return prefixTest(...node.args)
  return isComparison(node.op) ? comparison(node.op, ...(node.args as readonly [ASTNode, ASTNode])) : null
}

function joined(op: '&&' | '||', sides: readonly ASTNode[]): RowCondition | null {
  const parts = sides.map(impliedCondition)
  const known = parts.filter(part => part !== null)
  if (op === '||') return known.length === parts.length ? { kind: 'or', of: known } : null
  const [only] = known
  return known.length > 1 ? { kind: 'and', of: known } : (only ?? null)
}

const flipped: Readonly<Record<Comparison, Comparison>> = {
  '==': '==',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
}

function isComparison(op: string): op is Comparison {
  return comparisons.some(each => each === op)
}

function comparison(op: Comparison, left: ASTNode, right: ASTNode): RowCondition | null {
  return compared(op, left, right) ?? compared(flipped[op], right, left)
}

function compared(op: Comparison, path: ASTNode, constant: ASTNode): RowCondition | null {
  const column = newColumn(path)
  const value = constantOf(constant)
  return column === null || value === null ? null : { kind: 'compare', column, op, value }
}

function membership(element: ASTNode, list: ASTNode): RowCondition | null {
  const column = newColumn(element)
  if (column === null || list.op !== 'list') return null
  const values = list.args.map(constantOf)
  const known = values.filter(value => value !== null)
  return known.length < values.length ? null : { kind: 'in', column, values: known }
}

function prefixTest(name: string, receiver: ASTNode, args: readonly ASTNode[]): RowCondition | null {
  const column = newColumn(receiver)
  const [first] = args
  const prefix = first === undefined ? null : constantOf(first)
  const isTest = name === 'startsWith' && args.length === 1
  return isTest && column !== null && typeof prefix === 'string'
    ? { kind: 'startsWith', column, prefix }
    : null
}

function newColumn(node: ASTNode): string | null {
  const path = columnOf(node)
  return path?.row === 'new' ? path.column : null
}

function constantOf(node: ASTNode): ConditionValue | null {
  if (node.op === '-_') {
    const value = constantOf(node.args)
    return typeof value === 'bigint' || typeof value === 'number' ? -value : null
  }
  if (node.op !== 'value') return null
  const value = node.args
  return value === null || typeof value === 'object' ? null : value
}
