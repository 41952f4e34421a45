import type { CharTest, PatternNode } from './pattern-syntax.ts'
import { PatternError, parsePattern } from './pattern-syntax.ts'

/** Longest pattern, characters, and its size once repetitions are written out, steps. */
const maxPatternLength = 500
const maxProgramSize = 2_000

type Step =
  | { readonly kind: 'char'; readonly test: CharTest; readonly next: number }
  | { readonly kind: 'assert'; readonly where: 'begin' | 'end' | 'word' | 'no-word'; readonly next: number }
  | { readonly kind: 'fork'; readonly next: number; readonly other: number }
  | { readonly kind: 'match' }

/** A compiled regular expression whose cost is bounded by text length times its size, whatever the pattern. */
export interface Pattern {
  /** Steps per character at worst. */
  readonly size: number
  /** True when some part of the text matches, as CEL's `matches` asks. */
  test(text: string): boolean
}

/**
 * Compiles a regular expression in RE2's syntax, as CEL demands. JavaScript's own engine goes back over the text
 * and can take time exponential in its length; this one follows all possibilities at once.
 *
 * @throws PatternError
 * @see https://swtch.com/~rsc/regexp/regexp1.html
 */
export function compilePattern(source: string): Pattern {
  if (source.length > maxPatternLength) {
    throw new PatternError(`is longer than ${maxPatternLength} characters`, maxPatternLength)
  }
  const steps: Step[] = [{ kind: 'match' }]
  const start = emit(steps, parsePattern(source), 0)
  return { size: steps.length, test: text => run(steps, start, text) }
}

/** Writes the steps of a node that go on to `next`; returns where they begin. Built from the end to the start. */
function emit(steps: Step[], node: PatternNode, next: number): number {
  switch (node.kind) {
    case 'char':
      return push(steps, { kind: 'char', test: node.test, next })
    case 'assert':
      return push(steps, { kind: 'assert', where: node.where, next })
    case 'sequence':
      return node.parts.reduceRight((after, part) => emit(steps, part, after), next)
    case 'choice':
      return node.parts
        .map(part => emit(steps, part, next))
        .reduceRight((other, first) => push(steps, { kind: 'fork', next: first, other }))
    case 'repeat':
      return emitRepeat(steps, node, next)
  }
}

function emitRepeat(
  steps: Step[],
  { part, min, max }: PatternNode & { kind: 'repeat' },
  next: number,
): number {
  let at = next
  if (max === Number.POSITIVE_INFINITY) {
    const loop = push(steps, { kind: 'fork', next, other: next })
    steps[loop] = { kind: 'fork', next: emit(steps, part, loop), other: next }
    at = loop
  } else {
    for (let i = min; i < max; i++)
      at = push(steps, { kind: 'fork', next: emit(steps, part, at), other: next })
  }
  for (let i = 0; i < min; i++) at = emit(steps, part, at)
  return at
}

function push(steps: Step[], step: Step): number {
  if (steps.length >= maxProgramSize)
    throw new PatternError('is too large once its repetitions are written out', 0)
  return steps.push(step) - 1
}

function run(steps: readonly Step[], start: number, text: string): boolean {
  // `seen` holds the position at which a step was last entered, so that each is followed once per character.
  const seen = new Int32Array(steps.length).fill(-1)
  let current: number[] = []
  for (let at = 0; ; ) {
    if (follow(steps, start, { text, at, seen, into: current })) return true
    const code = text.codePointAt(at)
    if (code === undefined) return false
    at += code > 0xffff ? 2 : 1
    const following: number[] = []
    for (const index of current) {
      const step = steps[index]
      if (step?.kind !== 'char' || !step.test(code)) continue
      if (follow(steps, step.next, { text, at, seen, into: following })) return true
    }
    current = following
  }
}

interface Position {
  readonly text: string
  readonly at: number
  readonly seen: Int32Array
  /** Collects the steps that wait for a character. */
  readonly into: number[]
}

/** Enters a step and all it leads to without a character; true when that is a match. */
function follow(steps: readonly Step[], start: number, position: Position): boolean {
  const open = [start]
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    const step = steps[index]
    if (step === undefined || position.seen[index] === position.at) continue
    position.seen[index] = position.at
    if (step.kind === 'match') return true
    if (step.kind === 'char') position.into.push(index)
    else if (step.kind === 'fork') open.push(step.other, step.next)
    else if (holds(step.where, position)) open.push(step.next)
  }
  return false
}

function holds(where: 'begin' | 'end' | 'word' | 'no-word', { text, at }: Position): boolean {
  if (where === 'begin') return at === 0
  if (where === 'end') return at === text.length
  const boundary = isWord(text[at - 1]) !== isWord(text[at])
  return boundary === (where === 'word')
}

function isWord(char: string | undefined): boolean {
  return char !== undefined && /\w/.test(char)
}
