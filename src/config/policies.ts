import { rowOperations } from '../domain/change.ts'
import { closestWord } from '../domain/closest-word.ts'
import type { Policies, Policy, PolicyRule, PublishRule } from '../domain/policy.ts'
import type { SourceLocation, TableRule } from '../domain/rule.ts'
import { formatLocation } from '../domain/rule.ts'
import { chooseForTable, matchesTable, parseTablePattern } from '../domain/table-pattern.ts'
import { compilePolicyRule } from '../expressions/compile-policy-rule.ts'
import type { FilePolicies, FilePolicyRule, FilePublishRule } from './policy-schema.ts'
import type { YamlSource } from './yaml-source.ts'

/** The policies of a file, and everything that is wrong or doubtful in them. */
export interface BuiltPolicies {
  /** Null when the file has none. */
  readonly policies: Policies | null
  readonly problems: readonly string[]
  readonly warnings: readonly string[]
}

interface Findings {
  readonly source: YamlSource
  problem(location: SourceLocation, text: string): void
  warn(location: SourceLocation, text: string): void
}

/**
 * Builds the policies of a checked file and compiles every condition, so that a mistake is reported with its place
 * before anything starts.
 * @param tables the rules of the same file
 */
export function buildPolicies(
  section: FilePolicies | null | undefined,
  source: YamlSource,
  tables: readonly TableRule[],
): BuiltPolicies {
  const problems: string[] = []
  const warnings: string[] = []
  if (section === null || section === undefined) return { policies: null, problems, warnings }
  const findings: Findings = {
    source,
    problem: (location, text) => void problems.push(`${formatLocation(location)}: ${text}`),
    warn: (location, text) => void warnings.push(`${formatLocation(location)}: ${text}`),
  }
  const build = (kind: 'tables' | 'events') =>
    Object.entries(section[kind] ?? {}).map(([name, rules]) =>
      buildPolicy({ name, rules, path: ['policies', kind, name], findings }),
    )
  const policies: Policies = {
    default: section.default ?? 'allow',
    tables: build('tables'),
    events: build('events'),
    publish: section.publish?.map(toPublishRule) ?? null,
  }
  for (const policy of policies.tables) {
    checkTable(policy, tables, findings)
    checkExcluded(policy, tables, findings)
  }
  for (const policy of policies.events) checkEvents(policy, tables, findings)
  return { policies, problems, warnings }
}

interface PolicyInput {
  readonly name: string
  readonly rules: readonly FilePolicyRule[]
  readonly path: readonly PropertyKey[]
  readonly findings: Findings
}

function buildPolicy({ name, rules, path, findings }: PolicyInput): Policy {
  const { source, problem } = findings
  const built = rules.map((rule, index): PolicyRule => {
    const at = [...path, index]
    const policyRule: PolicyRule = {
      deny: rule.deny ?? false,
      roles: listOf(rule.roles),
      where: rule.where === undefined ? null : String(rule.where),
      tenant: rule.tenant ?? null,
      hide: listOf(rule.hide) ?? [],
      location: source.locate(at),
      whereLocation: source.locate([...at, 'where'], 'text'),
    }
    const compiled = compilePolicyRule(policyRule)
    if ('problem' in compiled) {
      const place = policyRule.whereLocation
      problem({ ...place, column: place.column + compiled.offset }, `\`where\` ${compiled.problem}`)
    }
    if (policyRule.deny && policyRule.hide.length > 0) {
      problem(
        source.locate([...at, 'hide']),
        'a rule that denies shows nothing, so it has nothing to `hide`; leave out `deny` or `hide`',
      )
    }
    return policyRule
  })
  return { name, rules: built, location: source.locate(path, 'key') }
}

function toPublishRule(rule: FilePublishRule): PublishRule {
  return {
    deny: rule.deny ?? false,
    roles: listOf(rule.roles),
    events: listOf(rule.events),
    rooms: listOf(rule.rooms),
  }
}

function listOf(value: string | readonly string[] | undefined): readonly string[] | null {
  if (value === undefined) return null
  return typeof value === 'string' ? [value] : value
}

function checkTable({ name, location }: Policy, tables: readonly TableRule[], findings: Findings): void {
  const pattern = parseTablePattern(name)
  if (pattern === null) {
    findings.problem(location, `\`${name}\` is not a table; expected a name or a pattern as in \`tables\``)
    return
  }
  const captured = tables.flatMap(rule => parseTablePattern(rule.pattern) ?? [])
  if (captured.length === 0) return
  // Whether two globs have a table in common only the database can tell.
  const canMeet = captured.some(other => {
    if (pattern.table !== null) return matchesTable(other, pattern.table)
    return other.table === null || matchesTable(pattern, other.table)
  })
  if (canMeet) return
  const meant = closestWord(
    name,
    tables.map(rule => rule.pattern),
  )
  findings.warn(
    location,
    `the policy of \`${name}\` is for no table of \`tables\`${meant === null ? '' : `; did you mean \`${meant}\`?`}`,
  )
}

/** A column that a policy hides has to be in the rows of the table that it names. */
function checkExcluded({ name, rules }: Policy, tables: readonly TableRule[], findings: Findings): void {
  const table = parseTablePattern(name)?.table ?? null
  if (table === null) return
  const candidates = tables.flatMap(rule => {
    const pattern = parseTablePattern(rule.pattern)
    return pattern === null ? [] : [{ pattern, rule }]
  })
  const excluded = chooseForTable(candidates, table)?.rule.exclude ?? []
  rules.forEach(({ hide }, index) => {
    const column = hide.find(each => excluded.includes(each))
    if (column === undefined) return
    findings.problem(
      findings.source.locate(['policies', 'tables', name, index, 'hide']),
      `"${column}" is excluded from ${name}, so it is in no row; leave it out of \`hide\``,
    )
  })
}

function checkEvents({ name, location }: Policy, tables: readonly TableRule[], findings: Findings): void {
  if (rowOperations.some(operation => operation.toUpperCase() === name)) {
    findings.problem(location, `${name} is a table event: it obeys the policy of its table, under \`tables\``)
    return
  }
  const known = tables.flatMap(({ events }) => events.map(({ eventType }) => eventType))
  if (/[*?]/.test(name) || known.includes(name)) return
  const meant = closestWord(name, known)
  // Events without a table may have any name: only what looks like a slip is worth a word.
  if (meant !== null) findings.warn(location, `no rule makes ${name}; did you mean ${meant}?`)
}
