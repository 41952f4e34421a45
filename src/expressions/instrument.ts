import type { ASTNode } from '@marcbachmann/cel-js'
import { joinFunction, loopFunction, matchFunction, momentFunction, sizeFunction } from './environment.ts'
import { mentionsOther, sizeOf } from './syntax-tree.ts'

/** Loops inside loops beyond this are refused: nobody reads them, and their cost multiplies. */
export const maxLoopNesting = 2

const loops = new Set(['map', 'filter', 'all', 'exists', 'exists_one'])

/** What an expression uses that has to be metered. */
export interface Metered {
  /** The expression written again, with every loop and `matches` going through the meter. */
  readonly source: string
  readonly loopNesting: number
  /** Literal patterns of `matches`, to be checked once instead of per row. */
  readonly patterns: readonly { readonly source: string; readonly offset: number }[]
}

/**
 * Writes an expression again so that its loops, its regular expressions and what makes values longer are metered, and
 * `timestamp` reads what PostgreSQL prints; null when it has none of those, which is the usual case and then costs nothing.
 */
export function instrument(ast: ASTNode): Metered | null {
  const state: State = { patterns: [], nesting: 0, deepest: 0, found: false }
  const source = print(ast, state)
  return state.found ? { source, loopNesting: state.deepest, patterns: state.patterns } : null
}

/** The expression with a bracket around every operation: the same for all ways to write it. */
export function canonicalText(ast: ASTNode): string {
  return print(ast, { patterns: [], nesting: 0, deepest: 0, found: false })
}

interface State {
  readonly patterns: { source: string; offset: number }[]
  nesting: number
  deepest: number
  found: boolean
}

/** Prints with a bracket around every operation, so that precedence cannot matter. */
function print(node: ASTNode, state: State): string {
  const all = (nodes: readonly ASTNode[]) => nodes.map(each => print(each, state)).join(', ')
  switch (node.op) {
    case 'value':
      return printLiteral(node.args)
    case 'id':
      return node.args
    case '.':
      return `${print(node.args[0], state)}.${node.args[1]}`
    case '[]':
      return `${print(node.args[0], state)}[${print(node.args[1], state)}]`
    case 'call': {
      const [name, args] = node.args
      if (name !== 'timestamp') return `${name}(${all(args)})`
      state.found = true
      return `${name}(${momentFunction}(${all(args)}))`
    }
    case 'rcall':
      return printMethod(node.args, state)
    case 'list':
      return `[${all(node.args)}]`
    case 'map':
      return `{${node.args.map(pair => `${print(pair[0], state)}: ${print(pair[1], state)}`).join(', ')}}`
    case '?:': {
      const [condition, yes, no] = node.args
      return `(${print(condition, state)} ? ${print(yes, state)} : ${print(no, state)})`
    }
    case '!_':
      return `(!${print(node.args, state)})`
    case '-_':
      return `(-${print(node.args, state)})`
    case '.?':
    case '[?]':
      throw new Error(`optional access is not enabled: ${node.op}`)
    case '+': {
      const sum = `(${print(node.args[0], state)} + ${print(node.args[1], state)})`
      state.found = true
      return `${sizeFunction}${sum}`
    }
    default:
      return `(${print(node.args[0], state)} ${node.op} ${print(node.args[1], state)})`
  }
}

function printMethod([name, receiver, args]: [string, ASTNode, ASTNode[]], state: State): string {
  if (name === 'matches' && args.length === 1) {
    state.found = true
    const [pattern] = args
    if (pattern?.op === 'value' && typeof pattern.args === 'string') {
      state.patterns.push({ source: pattern.args, offset: pattern.start })
    }
    return printCall(print(receiver, state), matchFunction, args, state)
  }
  if (name === 'split') {
    state.found = true
    return `${sizeFunction}(${printCall(print(receiver, state), name, args, state)})`
  }
  if (name === 'join' && args.length === 1) {
    state.found = true
    return printCall(print(receiver, state), joinFunction, args, state)
  }
  if (!loops.has(name) || args.length < 2) return printCall(print(receiver, state), name, args, state)
  state.found = true
  const [variable] = args
  const loop = `${loopFunction}(${print(receiver, state)}, ${args.reduce((sum, arg) => sum + sizeOf(arg), 0)}, ${args
    .slice(1)
    .some(arg => mentionsOther(arg, variable?.op === 'id' ? variable.args : ''))})`
  state.nesting++
  state.deepest = Math.max(state.deepest, state.nesting)
  const text = printCall(loop, name, args, state)
  state.nesting--
  return text
}

function printCall(receiver: string, name: string, args: readonly ASTNode[], state: State): string {
  return `${receiver}.${name}(${args.map(arg => print(arg, state)).join(', ')})`
}

function printLiteral(value: unknown): string {
  if (typeof value === 'string') return printString(value)
  if (typeof value === 'bigint') return value < 0n ? `(${value})` : String(value)
  if (typeof value === 'number') return printDouble(value)
  if (value instanceof Uint8Array) {
    return `b"${[...value].map(byte => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}"`
  }
  // cel-js keeps an unsigned literal in an object of its own, whose text is its digits.
  return typeof value === 'object' && value !== null ? `${value.valueOf()}u` : String(value)
}

function printString(value: string): string {
  const escapes: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r' }
  return `"${value.replace(/["\\\n\r]/g, char => escapes[char] ?? char)}"`
}

function printDouble(value: number): string {
  const digits = String(value)
  return `(${/[.e]/.test(digits) ? digits : `${digits}.0`})`
}
