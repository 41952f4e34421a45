import type { EventReads } from '../domain/event.ts'
import type { EventRule } from '../domain/rule.ts'
import type { Expression, ExpressionProblem } from './compile-expression.ts'
import { tryCompile } from './compile-expression.ts'
import type { Template } from './compile-template.ts'
import { tryCompileTemplate } from './compile-template.ts'
import type { ExpressionVariable } from './environment.ts'

/** What a rule can look at. Not `auth`: a rule is evaluated once for a change, not once for everyone who gets it. */
export const ruleVariables: readonly ExpressionVariable[] = ['old', 'new', 'op', 'table', 'origin']

/** A rule with its expressions compiled. */
export interface CompiledEventRule {
  readonly rule: EventRule
  readonly when: Expression | null
  readonly data: readonly (readonly [name: string, expression: Expression])[] | null
  readonly rooms: readonly Template[] | null
  readonly reads: EventReads
}

/** What is wrong with one expression of a rule; `field` as in `EventRule.locations`. */
export interface FieldProblem extends ExpressionProblem {
  readonly field: string
  readonly source: string
}

/** Compiles the expressions of a rule and reports every one that is wrong, not only the first. */
export function compileEventRule(rule: EventRule): {
  readonly compiled: CompiledEventRule
  readonly problems: readonly FieldProblem[]
} {
  const problems: FieldProblem[] = []
  const keep = <Result extends object>(
    field: string,
    source: string,
    result: Result | ExpressionProblem,
  ): Result[] => {
    if (!('problem' in result)) return [result]
    problems.push({ field, source, problem: result.problem, offset: result.offset })
    return []
  }
  const expression = (field: string, source: string) =>
    keep<Expression>(field, source, tryCompile(source, { variables: ruleVariables }))
  const [when = null] = rule.when === null ? [] : expression('when', rule.when)
  if (when !== null && when.type !== 'bool' && when.type !== 'dyn') {
    problems.push({
      field: 'when',
      source: when.source,
      offset: 0,
      problem: `is a ${when.type}, not true or false`,
    })
  }
  const data = Object.entries(rule.data ?? {}).flatMap(([name, source]) =>
    expression(`data.${name}`, source).map(value => [name, value] as const),
  )
  const rooms = (rule.rooms ?? []).flatMap((source, index) =>
    keep<Template>(`rooms.${index}`, source, tryCompileTemplate(source, { variables: ruleVariables })),
  )
  const addressing = rooms.flatMap(room => room.expressions.flatMap(({ reads }) => reads))
  const reads: EventReads = {
    condition: [...new Set([...(when?.reads ?? []), ...addressing])],
    fields: rule.data && data.map(([name, expression]) => [name, expression.reads]),
  }
  const compiled = { rule, when, data: rule.data && data, rooms: rule.rooms && rooms, reads }
  return { compiled, problems }
}
