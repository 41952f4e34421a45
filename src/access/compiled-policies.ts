import { rtbridgeError } from '../domain/errors/registry.ts'
import { matchesGlob } from '../domain/glob.ts'
import type { Policies, Policy } from '../domain/policy.ts'
import { formatLocation } from '../domain/rule.ts'
import { chooseForTable, parseTablePattern } from '../domain/table-pattern.ts'
import type { CompiledPolicyRule } from '../expressions/compile-policy-rule.ts'
import { compilePolicyRule } from '../expressions/compile-policy-rule.ts'

/** The policy of a table. */
export interface TablePolicy {
  readonly rules: readonly CompiledPolicyRule[]
  /** True when it names this table, not a pattern: then the columns it hides have to be there. */
  readonly isExact: boolean
}

/** The rules that apply to a table or an event; null when no policy names it. */
export interface CompiledPolicies {
  forTable(table: { readonly schema: string; readonly name: string }): TablePolicy | null
  forEvent(eventType: string): readonly CompiledPolicyRule[] | null
  /** All rules of tables and events. */
  readonly rules: readonly CompiledPolicyRule[]
}

/** As many names of events are remembered: clients can make names up. */
const rememberedNames = 1_000

/**
 * Compiles the policies of tables and events. To each exactly one applies: the one that names it, else the first
 * pattern that matches.
 *
 * @throws RTB_RULE_INVALID
 */
export function compilePolicies({ tables, events }: Pick<Policies, 'tables' | 'events'>): CompiledPolicies {
  const ofTables = tables.map(policy => {
    const pattern = patternOf(policy)
    return { pattern, rules: compileRules(policy), isExact: pattern.exact }
  })
  const ofEvents = events.map(policy => ({ glob: policy.name, rules: compileRules(policy) }))
  const exact = new Map(ofEvents.map(({ glob, rules }) => [glob, rules]))
  const chosen = new WeakMap<object, TablePolicy | 'none'>()
  const named = new Map<string, readonly CompiledPolicyRule[] | null>()
  return {
    rules: [...ofTables, ...ofEvents].flatMap(({ rules }) => rules),
    forTable(table) {
      const known = chosen.get(table) ?? chooseForTable(ofTables, table) ?? 'none'
      chosen.set(table, known)
      return known === 'none' ? null : known
    },
    forEvent(eventType) {
      const known = named.get(eventType)
      if (known !== undefined) return known
      const rules =
        exact.get(eventType) ?? ofEvents.find(({ glob }) => matchesGlob(glob, eventType))?.rules ?? null
      if (named.size >= rememberedNames) named.clear()
      named.set(eventType, rules)
      return rules
    },
  }
}

function patternOf(policy: Policy) {
  const pattern = parseTablePattern(policy.name)
  if (pattern !== null) return pattern
  throw rtbridgeError('RTB_RULE_INVALID', {
    location: formatLocation(policy.location),
    problem: `\`${policy.name}\` is not a table pattern`,
  })
}

function compileRules({ rules }: Policy): readonly CompiledPolicyRule[] {
  return rules.map(rule => {
    const compiled = compilePolicyRule(rule)
    if (!('problem' in compiled)) return compiled
    throw rtbridgeError('RTB_RULE_INVALID', {
      location: formatLocation(rule.whereLocation),
      problem: `\`where\` ${compiled.problem}`,
    })
  })
}
