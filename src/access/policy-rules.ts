import type { CapturedTable, Change } from '../domain/change.ts'
import { tableLabel } from '../domain/change.ts'
import type { RtbridgeError } from '../domain/errors/registry.ts'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { Policies } from '../domain/policy.ts'
import { readRow } from '../expressions/row.ts'
import type { Scope } from '../expressions/scope.ts'
import { scopeOf } from '../expressions/scope.ts'
import type { AccessRules, JudgedEvent, Sight } from './access-rules.ts'
import { openAccess, wholeTable } from './access-rules.ts'
import type { TablePolicy } from './compiled-policies.ts'
import { compilePolicies } from './compiled-policies.ts'
import type { Identity } from './identity.ts'
import { judgePublish } from './judge-publish.ts'
import { createRecentVerdicts } from './recent-verdicts.ts'
import type { Standing, Viewer } from './viewer.ts'
import { createViewer, policyWorkPerEvent } from './viewer.ts'

/**
 * Makes the access rules of a configuration's policies. Rooms are not their business: joining is free.
 *
 * @param onProblem hears of a policy that cannot be kept, once for each table
 * @throws RTB_RULE_INVALID
 */
export function createPolicyRules(
  policies: Policies,
  onProblem: (problem: RtbridgeError) => void,
): AccessRules {
  const compiled = compilePolicies(policies)
  const isOpen = policies.default === 'allow'
  const viewers = new WeakMap<Identity, Viewer>()
  const viewerOf = (identity: Identity): Viewer => {
    const viewer = viewers.get(identity) ?? createViewer(identity, compiled)
    viewers.set(identity, viewer)
    return viewer
  }
  const sightsOfTables = createRecentVerdicts<Sight | 'all' | null>()
  const verdictsOfEvents = createRecentVerdicts<boolean>()
  const reportFailure = createFailureReports(onProblem)
  const judgeTable = createTableJudge(onProblem, reportFailure)

  const seeTable = (viewer: Viewer, change: Change): Sight | 'all' | null => {
    const policy = compiled.forTable(change.table)
    if (policy === null) return isOpen ? 'all' : null
    const standing = viewer.standing(policy.rules)
    const { verdict } = standing
    if (verdict !== 'row') return verdict
    return sightsOfTables(change, viewer.key, () => judgeTable(policy, standing, change))
  }
  const mayHave = (viewer: Viewer, event: JudgedEvent): boolean => {
    const rules = compiled.forEvent(event.eventType)
    if (rules === null) return event.kind === 'business' || isOpen
    const standing = viewer.standing(rules)
    const { verdict } = standing
    if (verdict !== 'row') return verdict === 'all'
    return verdictsOfEvents(event.change, `${event.eventType} ${viewer.key}`, () =>
      judgeEvent(standing, event, problem => {
        if (!event.change.truncated) reportFailure(event.eventType, problem)
      }),
    )
  }
  return {
    ...openAccess,
    keyOf: identity => viewerOf(identity).key,
    see(identity, event) {
      const viewer = viewerOf(identity)
      if (event.kind === 'published') return mayHave(viewer, event) ? 'all' : null
      const sight = seeTable(viewer, event.change)
      return sight === null || event.kind === 'table' || mayHave(viewer, event) ? sight : null
    },
    viewTable(identity, table) {
      const policy = compiled.forTable(table)
      if (policy === null) return isOpen ? wholeTable : null
      const { verdict, hidden, partlyHidden } = viewerOf(identity).standing(policy.rules)
      if (verdict === null) return null
      return verdict === 'all' ? wholeTable : { hidden, partlyHidden, isWhole: false }
    },
    mayPublish: (identity, event) => judgePublish(policies.publish, identity, event),
  }
}

/** Hears of a condition that failed: of which table or event, and why. */
type ReportFailure = (of: string, problem: string) => void

/** Failures that are told, each once. */
const maxReported = 1_000

function createFailureReports(onProblem: (problem: RtbridgeError) => void): ReportFailure {
  const reported = new Set<string>()
  return (of, problem) => {
    const key = JSON.stringify([of, problem])
    if (reported.has(key) || reported.size >= maxReported) return
    reported.add(key)
    onProblem(rtbridgeError('RTB_POLICY_FAILED', { of, problem }))
  }
}

/** Looks at both rows of a change. */
function createTableJudge(onProblem: (problem: RtbridgeError) => void, reportFailure: ReportFailure) {
  const sights = new Map<string, Sight>()
  const reported = new Set<string>()
  const report = (
    code: 'RTB_POLICY_HIDES_KEY' | 'RTB_POLICY_COLUMN_MISSING',
    table: CapturedTable,
    column: string,
  ) => {
    const label = tableLabel(table)
    const problem = JSON.stringify([code, label, column])
    if (reported.has(problem)) return
    reported.add(problem)
    onProblem(rtbridgeError(code, { table: label, column }))
  }
  return ({ isExact }: TablePolicy, standing: Standing, change: Change): Sight | 'all' | null => {
    if (change.op === 'TRUNCATE') return 'all'
    const budget = { left: policyWorkPerEvent }
    // Of a truncated row there is nothing but its key to see.
    const mustHide = isExact && !change.truncated
    const onMissing = (column: string) => report('RTB_POLICY_COLUMN_MISSING', change.table, column)
    // Of a truncated row nothing can be told, and that is no mistake of the rule.
    const onFailure = (problem: string) => {
      if (!change.truncated && budget.left >= 0) reportFailure(tableLabel(change.table), problem)
    }
    const look = { budget, onMissing: mustHide ? onMissing : null, onFailure }
    const scope = scopeOf(change)
    const before = scope.old === null ? null : standing.judge(scope, scope.old, look)
    const after = scope.new === null ? null : standing.judge(scope, scope.new, look)
    if (budget.left < 0 || (before === null && after === null)) return null
    const keyColumn = [...(before ?? []), ...(after ?? [])].find(each =>
      change.table.keyColumns.includes(each),
    )
    if (keyColumn !== undefined) {
      report('RTB_POLICY_HIDES_KEY', change.table, keyColumn)
      return null
    }
    const sees = (row: unknown, hidden: readonly string[] | null) => row === null || hidden?.length === 0
    if (sees(scope.old, before) && sees(scope.new, after)) return 'all'
    const key = `${keyOfColumns(before)} ${keyOfColumns(after)}`
    const sight = sights.get(key) ?? { before, after }
    sights.set(key, sight)
    return sight
  }
}

const columnKeys = new WeakMap<readonly string[], string>()

/** The same text for the same columns; found once for the list of a rule. */
function keyOfColumns(columns: readonly string[] | null): string {
  if (columns === null) return '-'
  const known = columnKeys.get(columns)
  if (known !== undefined) return known
  const key = JSON.stringify([...new Set(columns)].sort())
  columnKeys.set(columns, key)
  return key
}

/** Looks at the row an event is about: the one after the change, of a DELETE the one before, else its data. */
function judgeEvent(standing: Standing, event: JudgedEvent, onFailure: (problem: string) => void): boolean {
  if (event.change.op === 'TRUNCATE') return true
  const scope = event.kind === 'published' ? publishedScope(event) : scopeOf(event.change)
  return (
    standing.judge(scope, scope.new ?? scope.old, {
      budget: { left: policyWorkPerEvent },
      onMissing: null,
      onFailure,
    }) !== null
  )
}

function publishedScope({ data, change }: JudgedEvent): Scope {
  return { old: null, new: readRow(data), op: change.op, table: '', origin: change.origin }
}
