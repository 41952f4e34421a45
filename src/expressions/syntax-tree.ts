import type { ASTNode } from '@marcbachmann/cel-js'

/** Number of nodes: a measure of the steps one evaluation takes. */
export function sizeOf(node: ASTNode): number {
  return 1 + childrenOf(node).reduce((sum, child) => sum + sizeOf(child), 0)
}

/** True when the expression uses the name. */
export function mentions(node: ASTNode, name: string): boolean {
  if (node.op === 'id') return node.args === name
  return childrenOf(node).some(child => mentions(child, name))
}

/** True when the expression uses any name but this one. */
export function mentionsOther(node: ASTNode, name: string): boolean {
  if (node.op === 'id') return node.args !== name
  return childrenOf(node).some(child => mentionsOther(child, name))
}

/** What an expression reads of the rows: `new.status`, or `new` alone where a whole row is used. */
export function readsOf(node: ASTNode): readonly string[] {
  const column = columnOf(node)
  if (column !== null) return [`${column.row}.${column.column}`]
  if (node.op === 'id') return node.args === 'old' || node.args === 'new' ? [node.args] : []
  return [...new Set(childrenOf(node).flatMap(readsOf))]
}

/** What an expression reads of `auth`: `auth.sub`, or `auth` alone where all of it is used. */
export function authReadsOf(node: ASTNode): readonly string[] {
  const field = memberOf(node)
  if (field?.of === 'auth') return [`auth.${field.name}`]
  if (node.op === 'id') return node.args === 'auth' ? ['auth'] : []
  return [...new Set(childrenOf(node).flatMap(authReadsOf))]
}

/** The column that a path names: `new.status`, `new["status"]`; null when it is anything else. */
export function columnOf(node: ASTNode): { row: 'old' | 'new'; column: string } | null {
  const member = memberOf(node)
  if (member === null || (member.of !== 'old' && member.of !== 'new')) return null
  return { row: member.of, column: member.name }
}

/** A member of a variable, by a name that is written there: `new.status`, `new["status"]`. */
function memberOf(node: ASTNode): { of: string; name: string } | null {
  if (node.op !== '.' && node.op !== '[]') return null
  const [variable, name] = node.args
  if (variable.op !== 'id') return null
  if (typeof name === 'string') return { of: variable.args, name }
  return name.op === 'value' && typeof name.args === 'string' ? { of: variable.args, name: name.args } : null
}

function childrenOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return []
    case '.':
    case '.?':
      return [node.args[0]]
    case 'call':
      return node.args[1]
    case 'rcall':
      return [node.args[1], ...node.args[2]]
    case 'map':
      return node.args.flat()
    case '!_':
    case '-_':
      return [node.args]
    default:
      return node.args
  }
}
