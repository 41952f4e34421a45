import type { ASTNode } from '@marcbachmann/cel-js'
import type { ReadValue, Term } from '../../domain/rule-outcome.ts'
import type { Probed } from '../compile-expression.ts'
import { tryCompile } from '../compile-expression.ts'
import { encodeValue } from '../encode-value.ts'
import { environmentsFor } from '../environment.ts'
import { canonicalText } from '../instrument.ts'
import type { Scope } from '../scope.ts'
import { columnOf, mentions, readsOf } from '../syntax-tree.ts'
import type { WorkBudget } from '../work-meter.ts'
import { workBudget } from '../work-meter.ts'
import { partText } from './part-text.ts'

/** Longer values are not shown, characters: an explanation is for reading. */
export const maxShownLength = 1_000
/** An expression is taken into no more parts than this. */
const maxParts = 200

/**
 * Takes an expression apart where `&&`, `||`, `!` and `? :` join it, and says of each part what it is on a row: the parts that make
 * the whole what it is are marked. Pure. The work of all parts together is bounded like that of one evaluation.
 *
 * @param source an expression that compiles with these variables
 */
export function explainExpression(source: string, scope: Scope, variables: readonly string[]): Term {
  const { authored } = environmentsFor(variables)
  const look: Look = { source, scope, variables, budget: { left: workBudget }, parts: { left: maxParts } }
  return takeApart(authored.parse(source).ast, look, { decides: true, text: source.trim() })
}

interface Look {
  readonly source: string
  readonly scope: Scope
  readonly variables: readonly string[]
  readonly budget: WorkBudget
  readonly parts: { left: number }
}

/** @param text what is known of its text; null = it is cut out */
function takeApart(
  node: ASTNode,
  look: Look,
  { decides, text: known }: { readonly decides: boolean; readonly text: string | null },
): Term {
  const text = known ?? (look.parts.left-- > 0 ? ownText(node, look) : null)
  // What cannot be cut out of the text is told in one piece by the part around it.
  if (text === null) return { text: '', value: null, problem: null, decides: false, reads: [], parts: [] }
  const probed = probe(text, look)
  const joined = joinedParts(node, look)
  if (joined === null) {
    const parts = computedSides(node).map(side => takeApart(side, look, { decides: false, text: null }))
    return { text, ...shown(probed), decides, reads: readValues(node, look), parts: parts.filter(isTold) }
  }
  const outcomes = joined.map(part => ({ part, probed: probe(ownText(part, look) ?? '', look) }))
  const parts = outcomes.map(outcome =>
    takeApart(outcome.part, look, {
      decides: decides && isDeciding(node.op, probed, outcome.probed),
      text: null,
    }),
  )
  const isWhole = parts.every(isTold)
  return {
    text,
    ...shown(probed),
    decides,
    reads: isWhole ? [] : readValues(node, look),
    parts: isWhole ? parts : [],
  }
}

function isTold({ text }: Term): boolean {
  return text !== ''
}

/** The text of a node; null when it does not mean the same by itself. */
function ownText(node: ASTNode, { source, variables }: Look): string | null {
  const text = partText(source, node)
  try {
    const { ast } = environmentsFor(variables).authored.parse(text)
    return canonicalText(ast) === canonicalText(node) ? text : null
  } catch {
    return null
  }
}

function probe(text: string, { variables, scope, budget }: Look): Probed {
  const compiled = tryCompile(text, { variables })
  return 'problem' in compiled ? { problem: compiled.problem } : compiled.probe(scope, budget)
}

function shown(probed: Probed): Pick<Term, 'value' | 'problem'> {
  if (probed.problem !== undefined) return { value: null, problem: probed.problem }
  const value = encodeValue(probed.value)
  return { value: value.length > maxShownLength ? null : value, problem: null }
}

/** What `&&`, `||`, `!` and `? :` join; null when a node is none of them. Of a choice only the side that was chosen. */
function joinedParts(node: ASTNode, look: Look): readonly ASTNode[] | null {
  switch (node.op) {
    case '&&':
    case '||':
      return chainOf(node, node.op)
    case '!_':
      return [node.args]
    case '?:': {
      const [condition, yes, no] = node.args
      const chosen = probe(ownText(condition, look) ?? '', look).value
      return typeof chosen === 'boolean' ? [condition, chosen ? yes : no] : [condition]
    }
    default:
      return null
  }
}

/** `a && b && c` is read as three parts, though CEL joins two at a time. */
function chainOf(node: ASTNode, op: '&&' | '||'): readonly ASTNode[] {
  return node.op === op ? node.args.flatMap(side => chainOf(side, op)) : [node]
}

/** Whether a part made the whole what it is: of a false `&&` those that are false, of a failed one those that failed. */
function isDeciding(op: string, whole: Probed, part: Probed): boolean {
  if (op !== '&&' && op !== '||') return true
  if (whole.problem !== undefined) return part.problem !== undefined || typeof part.value !== 'boolean'
  return part.value === whole.value
}

const comparisons = ['==', '!=', '<', '<=', '>', '>=', 'in']

/** The sides of a comparison whose value cannot be read off the row or the text. */
function computedSides(node: ASTNode): readonly ASTNode[] {
  if (!comparisons.includes(node.op)) return []
  return (node.args as readonly ASTNode[]).filter(
    side => readsOf(side).length > 0 && columnOf(side) === null && side.op !== 'list',
  )
}

function readValues(node: ASTNode, { scope }: Look): readonly ReadValue[] {
  const words = (['op', 'table', 'origin'] as const)
    .filter(name => mentions(node, name))
    .map(name => readValue(name, encodeValue(scope[name])))
  return [...readsOf(node).map(path => readColumn(path, scope)), ...words]
}

function readColumn(path: string, scope: Scope): ReadValue {
  const side = path.startsWith('old') ? 'old' : 'new'
  const row = scope[side]
  if (row === null) return { path, value: null, note: 'no-row' }
  const raw = path === side ? row.text : row.raw(path.slice(side.length + 1))
  return raw === undefined ? { path, value: null, note: 'no-column' } : readValue(path, raw)
}

function readValue(path: string, text: string): ReadValue {
  const isLong = text.length > maxShownLength
  return { path, value: isLong ? null : text, note: isLong ? 'too-long' : null }
}
