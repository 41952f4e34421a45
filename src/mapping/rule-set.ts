import type { CapturedTable } from '../domain/change.ts'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { TableRule } from '../domain/rule.ts'
import { formatLocation } from '../domain/rule.ts'
import type { TablePattern } from '../domain/table-pattern.ts'
import { chooseForTable, parseTablePattern } from '../domain/table-pattern.ts'
import type { CompiledEventRule } from '../expressions/compile-event-rule.ts'
import { compileEventRule } from '../expressions/compile-event-rule.ts'

/** The rules of one table, compiled. */
export interface CompiledTableRules {
  /** Null when no rule speaks of the table: its changes are table events only. */
  readonly rule: TableRule | null
  readonly channel: string | null
  /** In file order. */
  readonly events: readonly CompiledEventRule[]
}

/** All rules of a configuration. Immutable: a reload makes a new one. */
export interface RuleSet {
  /** The rules that apply to a table; remembered per object. */
  forTable(table: Pick<CapturedTable, 'schema' | 'name'>): CompiledTableRules
}

const none: CompiledTableRules = { rule: null, channel: null, events: [] }

/**
 * Compiles the rules of a configuration. To each table exactly one entry applies: the one that names it, else the
 * first glob that matches.
 *
 * @throws RTB_RULE_INVALID for an expression or a pattern that is wrong
 */
export function compileRules(tables: readonly TableRule[]): RuleSet {
  const candidates = tables.map(compileTable)
  const chosen = new WeakMap<object, CompiledTableRules>()
  return {
    forTable: table => {
      const known = chosen.get(table)
      if (known !== undefined) return known
      const rules = chooseForTable(candidates, table)?.rules ?? none
      chosen.set(table, rules)
      return rules
    },
  }
}

function compileTable(rule: TableRule): { pattern: TablePattern; rules: CompiledTableRules } {
  const pattern = parseTablePattern(rule.pattern)
  if (pattern === null) {
    throw rtbridgeError('RTB_RULE_INVALID', {
      location: formatLocation(rule.location),
      problem: `\`${rule.pattern}\` is not a table pattern`,
    })
  }
  const events = rule.events.map(event => {
    const { compiled, problems } = compileEventRule(event)
    const [first] = problems
    if (first === undefined) return compiled
    throw rtbridgeError('RTB_RULE_INVALID', {
      location: formatLocation(event.locations[first.field] ?? event.location),
      problem: `\`${first.field}\` of ${event.eventType} ${first.problem}`,
    })
  })
  return { pattern, rules: { rule, channel: rule.channel, events } }
}
