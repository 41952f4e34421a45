import type { Config } from '../../config/config.ts'
import { installFiles } from '../../database/sql-file.ts'
import { tableLabel } from '../../domain/change.ts'
import { counted } from '../../domain/counted.ts'
import { toRtbridgeError } from '../../domain/errors/registry.ts'
import type { Catalogue, CatalogueTable } from '../../install/catalogue.ts'
import { planInstall } from '../../install/plan.ts'
import type { RuleSet } from '../../mapping/rule-set.ts'
import { step, type TraceStep } from './trace-step.ts'

/** Whether the table is captured at all, and its triggers are as the configuration wants them. */
export interface TableLook {
  /** The table whose changes are journalled: of a partition the one above it. */
  readonly captured: CatalogueTable
  readonly steps: readonly [table: TraceStep, triggers: TraceStep]
}

/** Looks at the configuration and the catalogue. */
export function lookAtTable(
  table: CatalogueTable,
  {
    catalogue,
    rules,
    config,
  }: { readonly catalogue: Catalogue; readonly rules: RuleSet; readonly config: Config },
): TableLook {
  const root = catalogue.tables.find(
    ({ oid, triggers }) => table.partitionOf.includes(oid) && triggers.length > 0,
  )
  const captured = root ?? table
  const label = tableLabel(captured)
  const { rule } = rules.forTable(captured)
  const partition =
    root === undefined ? [] : [`${tableLabel(table)} is a partition: its changes are those of ${label}`]
  if (rule === null && captured.triggers.length === 0) {
    const hint = `name ${label} under \`tables\` in rtbridge.yaml, then run: rtbridge install-triggers`
    const none = step('table', 'dropped', `no entry of \`tables\` selects ${label}`, { hint })
    return { captured, steps: [none, step('triggers', 'skipped', `${label} is not to be captured`)] }
  }
  const isConfigured = rule !== null
  const found = isConfigured
    ? `${label} is configured as ${rule.pattern}`
    : `${label} is captured, and no entry of \`tables\` selects it: it has no rules`
  const first = step('table', isConfigured ? 'ok' : 'warning', found, { details: partition })
  return { captured, steps: [first, lookAtTriggers(captured, { catalogue, rules, config })] }
}

function lookAtTriggers(
  captured: CatalogueTable,
  {
    catalogue,
    rules,
    config,
  }: { readonly catalogue: Catalogue; readonly rules: RuleSet; readonly config: Config },
): TraceStep {
  if (rules.forTable(captured).rule === null) {
    return step(
      'triggers',
      'ok',
      `${counted(captured.triggers.length, 'trigger')}, of an earlier installation`,
    )
  }
  try {
    const { steps } = planInstall({
      // What is wrong with other tables is none of its business.
      catalogue: { ...catalogue, tables: [captured] },
      files: installFiles(),
      ruleFor: table => rules.forTable(table).rule,
      doorbell: config.database.doorbell === 'on',
    })
    const drift = steps.find(
      each =>
        each.kind === 'capture' &&
        each.target.schema === captured.schema &&
        each.target.name === captured.name,
    )
    if (drift?.kind !== 'capture') return step('triggers', 'ok', 'there, enabled, and as configured')
    const isOff = drift.missed || captured.triggers.length === 0
    const hint = 'run: rtbridge install-triggers'
    return step('triggers', isOff ? 'dropped' : 'warning', drift.reason, { hint })
  } catch (error) {
    const { message, code, hint } = toRtbridgeError(error, 'trace')
    return step('triggers', 'warning', `${message} (${code})`, { hint })
  }
}
