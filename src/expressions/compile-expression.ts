import type { ASTNode, ParseResult } from '@marcbachmann/cel-js'
import { ParseError, TypeError as TypingError } from '@marcbachmann/cel-js'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { RowCondition } from '../domain/row-condition.ts'
import type { Choice } from './choices.ts'
import { choicesOf } from './choices.ts'
import { encodeValue } from './encode-value.ts'
import { environmentsFor, expressionVariables, meter } from './environment.ts'
import { describeFailure, EvaluationFailure } from './evaluation-failure.ts'
import { impliedCondition } from './implied-condition.ts'
import { instrument, maxLoopNesting } from './instrument.ts'
import { checkPatternWeight, compilePattern, PatternError } from './pattern.ts'
import type { RawPath } from './raw-path.ts'
import { rawPathOf, readRawPath } from './raw-path.ts'
import type { Scope } from './scope.ts'
import { authReadsOf, mentions, readsOf } from './syntax-tree.ts'
import type { WorkBudget } from './work-meter.ts'
import { workBudget } from './work-meter.ts'

/** Longest expression, characters. */
export const maxExpressionLength = 4_000
/** Weight of all its regular expressions: to compile them takes two fifths of one evaluation's work. */
const maxPatternsWeight = 8_000

/**
 * A compiled expression. It holds no state: one may serve any number of rows. What it tells of itself is worked out when it
 * is asked for.
 */
export interface Expression {
  readonly source: string
  /** The type CEL found without a row: `bool`, `string`, …; `dyn` when only the row can tell. */
  readonly type: string
  /** Set when the expression is only a path into a row. */
  readonly rawPath: RawPath | null
  /** It can cost work: it has loops or regular expressions, or puts values together. */
  readonly isMetered: boolean
  /** What it reads of the rows: `new.status`, or `new` alone where a whole row is used. */
  readonly reads: readonly string[]
  /** What it reads of who looks: `auth.sub`, or `auth` alone where all of it is used. */
  readonly authReads: readonly string[]
  /** Columns that must have one of several values for the result to be true: what an index over filters can use. */
  readonly choices: readonly Choice[]
  /** What must hold of the row `new` before it can be true; null when nothing is known. */
  readonly implies: RowCondition | null
  /** @throws RTB_EXPRESSION_FAILED */
  evaluate(scope: Scope): unknown
  /**
   * Evaluates a condition.
   * @param budget work that it shares with other evaluations; default its own
   * @throws RTB_EXPRESSION_FAILED also when the result is not a boolean
   */
  test(scope: Scope, budget?: WorkBudget): boolean
  /**
   * Evaluates to JSON text. A path gives the row's own text; what is computed is written by `encodeValue`.
   * @throws RTB_EXPRESSION_FAILED
   */
  toJson(scope: Scope): string
  /** Evaluates without throwing, for explanations. @param budget work that it shares with other evaluations */
  probe(scope: Scope, budget: WorkBudget): Probed
}

/** What an evaluation came to: a value, or why it failed. */
export type Probed =
  | { readonly value: unknown; readonly problem?: undefined }
  | { readonly value?: undefined; readonly problem: string }

/** What is wrong with an expression; `offset` is where, in characters from its beginning. */
export interface ExpressionProblem {
  readonly problem: string
  readonly offset: number
}

export interface ExpressionOptions {
  /** What it may look at; default: all that a row has, and `auth`. */
  readonly variables?: readonly string[]
}

/**
 * Compiles a CEL expression. Its size, the work of one evaluation and its regular expressions are bounded, so it may
 * come from anyone.
 *
 * @throws RTB_EXPRESSION_INVALID
 * @see https://github.com/google/cel-spec
 */
export function compileExpression(source: string, options: ExpressionOptions = {}): Expression {
  const result = tryCompile(source, options)
  if ('problem' in result) throw rtbridgeError('RTB_EXPRESSION_INVALID', { source, ...result })
  return result
}

/** The same without throwing, for callers that report the place themselves. */
export function tryCompile(source: string, options: ExpressionOptions = {}): Expression | ExpressionProblem {
  const variables = options.variables ?? expressionVariables
  if (source.trim() === '') return { problem: 'is empty', offset: 0 }
  if (source.length > maxExpressionLength) {
    return { problem: `is longer than ${maxExpressionLength} characters`, offset: 0 }
  }
  try {
    return compile(source, variables)
  } catch (error) {
    return describeProblem(error, variables)
  }
}

function compile(source: string, variables: readonly string[]): Expression | ExpressionProblem {
  const { authored, instrumented } = environmentsFor(variables)
  const parsed = authored.parse(source)
  const checked = parsed.check()
  if (!checked.valid) throw checked.error
  // `cel.bind` can double a value with every use: a few lines would fill the memory.
  if (mentions(parsed.ast, 'cel')) return { problem: 'uses `cel.bind`, which is not offered', offset: 0 }
  const metered = instrument(parsed.ast)
  const type = checked.type ?? 'dyn'
  if (metered === null)
    return new CompiledExpression({ source, type, ast: parsed.ast, run: parsed, isMetered: false })
  if (metered.loopNesting > maxLoopNesting) {
    return { problem: `has more than ${maxLoopNesting} loops inside each other`, offset: 0 }
  }
  const wrong = firstBadPattern(metered.patterns)
  if (wrong !== null) return wrong
  const run = instrumented.parse(metered.source)
  return new CompiledExpression({ source, type, ast: parsed.ast, run, isMetered: true })
}

interface Compiled {
  readonly source: string
  readonly type: string
  readonly ast: ASTNode
  readonly run: ParseResult
  readonly isMetered: boolean
}

/** Of filters there can be a hundred thousand: each keeps its tree and nothing that can be had from it. */
class CompiledExpression implements Expression {
  readonly source: string
  readonly type: string
  readonly rawPath: RawPath | null
  readonly #ast: ASTNode
  readonly #run: ParseResult
  readonly isMetered: boolean

  constructor({ source, type, ast, run, isMetered }: Compiled) {
    this.source = source
    this.type = type
    this.rawPath = rawPathOf(ast)
    this.#ast = ast
    this.#run = run
    this.isMetered = isMetered
  }

  get reads(): readonly string[] {
    return readsOf(this.#ast)
  }

  get authReads(): readonly string[] {
    return authReadsOf(this.#ast)
  }

  get choices(): readonly Choice[] {
    return choicesOf(this.#ast)
  }

  get implies(): RowCondition | null {
    return impliedCondition(this.#ast)
  }

  evaluate(scope: Scope): unknown {
    try {
      return this.#compute(scope)
    } catch (error) {
      throw this.#failed(error)
    }
  }

  test(scope: Scope, budget?: WorkBudget): boolean {
    try {
      const result = budget === undefined ? this.#compute(scope) : this.#computeWithin(budget, scope)
      if (typeof result !== 'boolean') throw new EvaluationFailure('the result is not true or false')
      return result
    } catch (error) {
      throw this.#failed(error)
    }
  }

  toJson(scope: Scope): string {
    try {
      return this.rawPath === null ? encodeValue(this.#compute(scope)) : readRawPath(this.rawPath, scope)
    } catch (error) {
      throw this.#failed(error)
    }
  }

  probe(scope: Scope, budget: WorkBudget): Probed {
    try {
      return { value: this.#computeWithin(budget, scope) }
    } catch (error) {
      return { problem: describeFailure(error) }
    }
  }

  #compute(scope: Scope, units?: number): unknown {
    if (this.isMetered) meter.start((scope.old?.text.length ?? 0) + (scope.new?.text.length ?? 0), units)
    // The scope's fields are the variables: it is handed over as it is, without a copy per evaluation.
    return this.#run(scope)
  }

  #computeWithin(budget: WorkBudget, scope: Scope): unknown {
    if (!this.isMetered) return this.#compute(scope)
    const units = Math.min(budget.left, workBudget)
    try {
      return this.#compute(scope, units)
    } finally {
      budget.left -= units - meter.left
    }
  }

  #failed(error: unknown): Error {
    return rtbridgeError('RTB_EXPRESSION_FAILED', { source: this.source, problem: describeFailure(error) })
  }
}

function firstBadPattern(
  patterns: readonly { readonly source: string; readonly offset: number }[],
): ExpressionProblem | null {
  let weight = 0
  for (const { source, offset } of patterns) {
    try {
      weight += checkPatternWeight(source)
      if (weight > maxPatternsWeight) {
        return { problem: 'has regular expressions that are too large together', offset }
      }
      compilePattern(source)
    } catch (error) {
      if (!(error instanceof PatternError)) throw error
      const part = error.part === null ? '' : ` at \`${error.part}\``
      return { problem: `has a regular expression that ${error.message}${part}`, offset }
    }
  }
  return null
}

function describeProblem(error: unknown, variables: readonly string[]): ExpressionProblem {
  if (!(error instanceof ParseError || error instanceof TypingError)) throw error
  const offset = error.range?.start ?? 0
  const summary = error.summary.replace(/dyn<([^<>]+)>/g, '$1')
  if (error.code !== 'unknown_variable') return { problem: `is not valid: ${summary}`, offset }
  const name = summary.replace('Unknown variable: ', '')
  if (name === 'auth') {
    return {
      problem:
        'uses `auth`, which a rule cannot see: it is evaluated once for everybody (use `roles` or `rooms`)',
      offset,
    }
  }
  const known = variables.map(each => `\`${each}\``).join(', ')
  const column = variables.includes('new') ? `; a column is \`new.${name}\`` : ''
  return { problem: `uses \`${name}\`, which is none of ${known}${column}`, offset }
}
