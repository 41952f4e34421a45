import type { CompiledPolicyRule } from '../expressions/compile-policy-rule.ts'
import { describeFailure } from '../expressions/evaluation-failure.ts'
import { textOf } from '../expressions/row-key.ts'
import type { Scope } from '../expressions/scope.ts'
import type { WorkBudget } from '../expressions/work-meter.ts'
import type { Identity } from './identity.ts'

/** The rules of a policy that speak of one identity. */
export interface ApplicableRules {
  readonly allow: readonly CompiledPolicyRule[]
  readonly deny: readonly CompiledPolicyRule[]
}

/** Chooses by role. */
export function applicableRules(rules: readonly CompiledPolicyRule[], identity: Identity): ApplicableRules {
  const applicable = rules.filter(
    ({ rule }) => rule.roles === null || rule.roles.some(role => identity.roles.includes(role)),
  )
  return {
    allow: applicable.filter(({ rule }) => !rule.deny),
    deny: applicable.filter(({ rule }) => rule.deny),
  }
}

/** True when a rule asks nothing of the row. */
export function isUnconditional({ rule, where }: CompiledPolicyRule): boolean {
  return where === null && rule.tenant === null
}

/**
 * What the rules say without a row: `all` or null whatever the row is, `row` when it has to be looked at.
 */
export function judgeWithoutRow({ allow, deny }: ApplicableRules): 'all' | 'row' | null {
  if (allow.length === 0 || deny.some(isUnconditional)) return null
  const showsAll = allow.some(each => isUnconditional(each) && each.rule.hide.length === 0)
  return showsAll && deny.length === 0 ? 'all' : 'row'
}

/** A row, and who looks at it. */
export interface Look {
  /** The row stands as `new` in it. */
  readonly scope: Scope
  readonly tenant: string | null
  /** Work that all conditions may do together. */
  readonly budget: WorkBudget
  /** Hears of a column that a rule hides and that is not there, so that the rule does not allow; null = it need not be there. */
  readonly onMissing: ((column: string) => void) | null
  /** Hears of a condition that failed, and why. */
  readonly onFailure: (problem: string) => void
}

/**
 * The columns of a row that are hidden; null when the row is not to be seen. A condition that fails does not allow,
 * and denies where it is one of a denying rule; one that takes too much work denies everything.
 */
export function judgeRow({ allow, deny }: ApplicableRules, look: Look): readonly string[] | null {
  if (deny.some(rule => holds(rule, look) !== false)) return null
  let hidden: readonly string[] | null = null
  for (const rule of allow) {
    if (holds(rule, look) !== true) continue
    const { hide } = rule.rule
    if (look.onMissing !== null && lacksHidden(hide, look.scope, look.onMissing)) continue
    // A column is seen when one of the rules shows it.
    hidden = hidden === null ? hide : hidden.filter(column => hide.includes(column))
  }
  return look.budget.left < 0 ? null : hidden
}

/** A column that was renamed would be seen: a rule that cannot hide what it should does not allow. */
function lacksHidden(
  hide: readonly string[],
  { new: row }: Scope,
  onMissing: (column: string) => void,
): boolean {
  const missing = hide.find(column => row?.has(column) !== true)
  if (missing !== undefined) onMissing(missing)
  return missing !== undefined
}

/** Whether the condition of a rule holds; null when it cannot be told. */
function holds(
  { rule, where }: CompiledPolicyRule,
  { scope, tenant, budget, onFailure }: Look,
): boolean | null {
  try {
    if (rule.tenant !== null) {
      const raw = scope.new?.raw(rule.tenant)
      if (raw === undefined || tenant === null) return null
      if (raw === 'null' || textOf(raw) !== tenant) return false
    }
    return where === null || where.test(scope, budget)
  } catch (error) {
    onFailure(describeFailure(error))
    return null
  }
}
