import type { RoomPattern } from '../domain/room-pattern.ts'
import { parseRoomPattern } from '../domain/room-pattern.ts'
import type { RoomRule } from '../domain/room-rule.ts'
import type { FieldProblem } from './compile-event-rule.ts'
import type { Expression } from './compile-expression.ts'
import { tryCompile } from './compile-expression.ts'

/** A rule for rooms with its pattern read and its expressions compiled. */
export interface CompiledRoomRule {
  readonly rule: RoomRule
  readonly pattern: RoomPattern
  readonly when: Expression | null
  readonly with: readonly Expression[]
}

/**
 * Compiles the pattern and the expressions of a rule, and reports everything that is wrong.
 * @returns `compiled` is null when something is wrong
 */
export function compileRoomRule(rule: RoomRule): {
  readonly compiled: CompiledRoomRule | null
  readonly problems: readonly FieldProblem[]
} {
  const pattern = parseRoomPattern(rule.pattern)
  if ('problem' in pattern) {
    return { compiled: null, problems: [{ field: 'pattern', source: rule.pattern, ...pattern }] }
  }
  const problems: FieldProblem[] = []
  const variables = ['auth', 'room', ...pattern.parts]
  const compile = (field: string, source: string): Expression[] => {
    const result = tryCompile(source, { variables })
    if (!('problem' in result)) return [result]
    problems.push({ field, source, problem: result.problem, offset: result.offset })
    return []
  }
  const [when = null] = rule.when === null ? [] : compile('when', rule.when)
  if (when !== null && when.type !== 'bool' && when.type !== 'dyn') {
    const problem = `is a ${when.type}, not true or false`
    problems.push({ field: 'when', source: when.source, offset: 0, problem })
  }
  const parameters = rule.with.flatMap((source, index) => compile(`with.${index}`, source))
  return { compiled: problems.length > 0 ? null : { rule, pattern, when, with: parameters }, problems }
}
