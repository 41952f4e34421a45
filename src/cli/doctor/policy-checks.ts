import { tableLabel } from '../../domain/change.ts'
import type { Policies, Policy } from '../../domain/policy.ts'
import { formatLocation } from '../../domain/rule.ts'
import { chooseForTable, parseTablePattern } from '../../domain/table-pattern.ts'
import { compilePolicyRule } from '../../expressions/compile-policy-rule.ts'
import type { CatalogueTable } from '../../install/catalogue.ts'
import { type Check, type Finding, problem } from './check.ts'

/** Whether what `policies:` says of tables can be kept: only the database knows the columns. */
export const policyChecks: readonly Check[] = [
  {
    name: 'policies',
    needsSchema: false,
    look: async ({ config, catalogue }) => {
      if (config.policies === null) return { found: 'there are none: everybody sees everything' }
      const { tables } = await catalogue()
      const findings = lookAtPolicies(config.policies, tables)
      return {
        found: 'every column that a policy names is there, and none is part of a key it hides',
        findings,
      }
    },
  },
]

function lookAtPolicies(policies: Policies, tables: readonly CatalogueTable[]): readonly Finding[] {
  const candidates = policies.tables.flatMap(policy => {
    const pattern = parseTablePattern(policy.name)
    return pattern === null ? [] : [{ pattern, policy }]
  })
  return tables.flatMap(table => {
    const chosen = chooseForTable(candidates, table)
    if (chosen === null) return []
    const { policy, pattern } = chosen
    // What a pattern names need not be in every table.
    return [...hiddenKeys(policy, table), ...(pattern.exact ? missingColumns(policy, table) : [])]
  })
}

function hiddenKeys({ rules }: Policy, table: CatalogueTable): Finding[] {
  return rules.flatMap(({ hide, location }) =>
    hide
      .filter(column => table.keyColumns.includes(column))
      .map(column =>
        problem(
          `${tableLabel(table)} is denied, because a policy hides its key column ${column}`,
          `take it out of \`hide\` at ${formatLocation(location)}`,
        ),
      ),
  )
}

function missingColumns({ rules }: Policy, table: CatalogueTable): Finding[] {
  return rules.flatMap(rule => {
    const compiled = compilePolicyRule(rule)
    const reads = 'problem' in compiled ? [] : (compiled.where?.reads ?? [])
    const ofRow = reads.filter(read => read.includes('.')).map(read => read.slice(4))
    const asked = new Set(rule.tenant === null ? ofRow : [...ofRow, rule.tenant])
    const isMissing = (column: string) => !table.columns.includes(column)
    const fix = `correct it at ${formatLocation(rule.location)}`
    const name = tableLabel(table)
    return [
      ...rule.hide
        .filter(isMissing)
        .map(column => problem(`a policy hides the column ${column} of ${name}, which has none`, fix)),
      ...[...asked]
        .filter(isMissing)
        .map(column =>
          problem(`a policy asks for the column ${column} of ${name}, which has none: it fails`, fix),
        ),
    ]
  })
}
