import type { Limits } from '@marcbachmann/cel-js'
import { Environment } from '@marcbachmann/cel-js'
import { EvaluationFailure } from './evaluation-failure.ts'
import type { Pattern } from './pattern.ts'
import { checkPatternWeight, compilePattern, PatternError } from './pattern.ts'
import { WorkMeter } from './work-meter.ts'

/** What an expression can look at. */
export const expressionVariables = ['old', 'new', 'op', 'table', 'origin', 'auth'] as const
export type ExpressionVariable = (typeof expressionVariables)[number]

/** Structural limits of one expression. A chain of `a || b || c` is as deep as it is long. */
export const expressionLimits = {
  maxAstNodes: 500,
  maxDepth: 100,
  maxListElements: 200,
  maxMapEntries: 200,
  maxCallArguments: 16,
} as const

/** What `instrument` adds makes an expression that was accepted larger and deeper, by a bounded factor. */
const instrumentedLimits = { ...expressionLimits, maxAstNodes: 5_000, maxDepth: 500 } as const

/** Names that `instrument` writes into an expression; an author who calls them only pays. */
export const loopFunction = 'rtbridge_loop'
export const matchFunction = 'rtbridge_match'
export const sizeFunction = 'rtbridge_size'
export const joinFunction = 'rtbridge_join'
export const momentFunction = 'rtbridge_moment'

/** The meter of the evaluation that runs now: evaluation is synchronous, so one is enough. */
export const meter = new WorkMeter()

/** Where expressions are parsed: as authors write them, and as `instrument` writes them again. */
export interface Environments {
  readonly authored: Environment
  readonly instrumented: Environment
}

const environments = new Map<string, Environments>()

/** The CEL environments with exactly these variables; made once for each set. */
export function environmentsFor(variables: readonly string[]): Environments {
  const key = [...variables].sort().join()
  const known = environments.get(key)
  if (known !== undefined) return known
  const made = {
    authored: createEnvironment(variables, expressionLimits),
    instrumented: createEnvironment(variables, instrumentedLimits),
  }
  environments.set(key, made)
  return made
}

function createEnvironment(variables: readonly string[], limits: Partial<Limits>): Environment {
  const environment = new Environment({ homogeneousAggregateLiterals: false, limits })
  for (const variable of variables) {
    environment.registerVariable(variable, variable === 'op' || variable === 'table' ? 'string' : 'dyn')
  }
  registerMixedArithmetic(environment)
  environment.registerFunction(
    `${loopFunction}(dyn, int, bool): dyn`,
    (collection: unknown, bodySize: bigint, wholeRow: boolean) => {
      meter.chargeLoop(collection, Number(bodySize), wholeRow)
      return collection
    },
    { async: false },
  )
  environment.registerFunction(`string.${matchFunction}(string): bool`, matchText, { async: false })
  environment.registerFunction(`list.${joinFunction}(string): string`, joinTexts, { async: false })
  environment.registerFunction(`${momentFunction}(dyn): dyn`, withoutMicroseconds, { async: false })
  environment.registerFunction(
    `${sizeFunction}(dyn): dyn`,
    (value: unknown) => {
      meter.chargeSize(value)
      return value
    },
    { async: false },
  )
  return environment
}

const preciseTime = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})\d+(Z|[+-]\d\d:\d\d)$/

/** cel-js refuses the microseconds that PostgreSQL prints, and would not keep them. */
function withoutMicroseconds(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(preciseTime, '$1$2') : value
}

function joinTexts(list: Iterable<unknown>, separator: string): string {
  const texts = [...list]
  for (const text of texts) {
    if (typeof text !== 'string') throw new EvaluationFailure('join() needs a list of strings')
    meter.chargeSize(text)
  }
  meter.charge((texts.length * (separator.length + 16)) / 1_024)
  return texts.join(separator)
}

/**
 * A `numeric` column prints 10 as `10` and 10.5 as `10.5`, one an int and the other a double to CEL, which has no
 * arithmetic across the two: without this a rule would work or fail with the digits of the row.
 */
function registerMixedArithmetic(environment: Environment): void {
  const operators: Record<string, (a: number, b: number) => number> = {
    '+': (a, b) => a + b,
    '-': (a, b) => a - b,
    '*': (a, b) => a * b,
    '/': (a, b) => a / b,
  }
  for (const [sign, compute] of Object.entries(operators)) {
    const handler = (a: bigint | number, b: bigint | number) => compute(Number(a), Number(b))
    environment.registerOperator(`int ${sign} double: double`, handler)
    environment.registerOperator(`double ${sign} int: double`, handler)
  }
}

const patterns = new Map<string, Pattern>()
/** Weight of the patterns kept compiled, some 20 MB at worst: patterns taken from rows could otherwise fill memory. */
const maxPatternsWeight = 20_000
let patternsWeight = 0
/** A unit of work pays for this many steps of a pattern; compiling one costs this many units for its weight. */
const stepsPerUnit = 4
const unitsPerWeight = 25

function matchText(text: string, source: string): boolean {
  const pattern = patternOf(source)
  // The position after the last character is a step too.
  meter.charge(Math.ceil(((text.length + 1) * pattern.size) / stepsPerUnit))
  return pattern.test(text)
}

function patternOf(source: string): Pattern {
  const known = patterns.get(source)
  if (known !== undefined) return known
  try {
    const weight = checkPatternWeight(source)
    meter.charge(weight * unitsPerWeight)
    const pattern = compilePattern(source)
    keepPattern(source, pattern, weight)
    return pattern
  } catch (error) {
    if (!(error instanceof PatternError)) throw error
    throw new EvaluationFailure(`the regular expression of matches() ${error.message}`)
  }
}

function keepPattern(source: string, pattern: Pattern, weight: number): void {
  if (patternsWeight + weight > maxPatternsWeight) {
    patterns.clear()
    patternsWeight = 0
  }
  patterns.set(source, pattern)
  patternsWeight += weight
}
