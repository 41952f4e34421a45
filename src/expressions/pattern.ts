import { RE2JS, RE2JSException, RE2JSSyntaxException } from 're2js'
import { weighPattern } from './pattern-weight.ts'

/** Longest pattern, characters. */
const maxPatternLength = 500
/** Heaviest pattern, as `weighPattern` counts: what RE2 accepts beyond this can take a second to compile. */
const maxPatternWeight = 4_000

/** A compiled regular expression whose cost is bounded by text length times its size, whatever the pattern. */
export interface Pattern {
  /** Steps per character at worst. */
  readonly size: number
  /** True when some part of the text matches, as CEL's `matches` asks. */
  test(text: string): boolean
}

/** What is wrong with a pattern; the message does not quote it, since a pattern may come from a row. */
export class PatternError extends Error {
  /** The part of the pattern that is at fault, to be shown to its author only; null when it is the whole. */
  readonly part: string | null

  constructor(message: string, part: string | null = null) {
    super(message)
    this.part = part
  }
}

/**
 * Refuses a pattern that would be too much work to compile.
 * @returns its weight
 * @throws PatternError
 */
export function checkPatternWeight(source: string): number {
  if (source.length > maxPatternLength) {
    throw new PatternError(`is longer than ${maxPatternLength} characters`)
  }
  const weight = weighPattern(source)
  if (weight > maxPatternWeight) {
    throw new PatternError(
      'is too large: it repeats too much, or has too many Unicode classes or ranges that ignore case',
    )
  }
  return weight
}

/**
 * Compiles a regular expression in RE2's syntax, as CEL demands. JavaScript's own engine goes back over the text
 * and can take time exponential in its length; RE2's way is linear.
 *
 * @throws PatternError
 * @see https://github.com/google/re2/wiki/Syntax
 */
export function compilePattern(source: string): Pattern {
  checkPatternWeight(source)
  const compiled = compileRe2(source)
  return {
    size: compiled.programSize(),
    // Not `compiled.test`: it is faster on short texts, but keeps up to 8 MB of states per pattern, which a subscriber
    // could fill, and building those costs ten times a step.
    test: text => compiled.matcher(text).find(),
  }
}

function compileRe2(source: string): RE2JS {
  try {
    return RE2JS.compile(source)
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    if (!(error instanceof RE2JSSyntaxException)) throw new PatternError('cannot be compiled')
    const part = error.getPattern()
    throw new PatternError(
      `is not valid in RE2 syntax: ${error.getDescription()}`,
      part === '' || part === source ? null : part,
    )
  }
}
