import type { PolicyRule } from '../domain/policy.ts'
import type { Expression, ExpressionProblem } from './compile-expression.ts'
import { tryCompile } from './compile-expression.ts'
import { expressionVariables } from './environment.ts'

/** A rule of a policy with its condition compiled. */
export interface CompiledPolicyRule {
  readonly rule: PolicyRule
  readonly where: Expression | null
}

/** Compiles the condition of a policy's rule. It can look at everything, `auth` too. */
export function compilePolicyRule(rule: PolicyRule): CompiledPolicyRule | ExpressionProblem {
  if (rule.where === null) return { rule, where: null }
  const where = tryCompile(rule.where, { variables: expressionVariables })
  if ('problem' in where) return where
  if (where.type === 'bool' || where.type === 'dyn') return { rule, where }
  return { problem: `is a ${where.type}, not true or false`, offset: 0 }
}
