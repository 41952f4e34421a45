import type { Config } from '../../config/config.ts'
import { installFiles } from '../../database/sql-file.ts'
import { isCanary } from '../../domain/change.ts'
import type { Catalogue } from '../../install/catalogue.ts'
import { type InstallPlan, type InstallStep, planInstall } from '../../install/plan.ts'
import { checkSelection, selectTables } from './table-selection.ts'

/**
 * What it takes to install what the configuration asks for.
 *
 * @param flags `table`: patterns of `--table`; `renew`: triggers of an earlier kind are made anew, too
 * @throws RTB_INSTALL_*, RTB_DATABASE_TOO_OLD, RTB_DATABASE_STANDBY, RTB_COMMAND_USAGE
 */
export function makePlan(
  catalogue: Catalogue,
  config: Config,
  flags: { readonly table?: readonly string[]; readonly renew?: boolean } = {},
): InstallPlan {
  const selection = selectTables(config, flags.table ?? [])
  const notes = checkSelection(selection, catalogue)
  const plan = planInstall({
    catalogue,
    files: installFiles(),
    ruleFor: selection.ruleFor,
    doorbell: config.database.doorbell === 'on',
    renew: flags.renew ?? false,
  })
  return {
    steps: plan.steps.filter(step => isMeant(step, selection.isMeant)),
    unchanged: plan.unchanged.filter(selection.isMeant),
    notes: [...notes, ...plan.notes],
  }
}

function isMeant(step: InstallStep, isTableMeant: ReturnType<typeof selectTables>['isMeant']): boolean {
  // Without the canary no hub knows whether it works, whatever the tables.
  if (step.kind === 'capture') return isCanary(step.target) || isTableMeant(step.target)
  return step.kind === 'release' ? isTableMeant(step.table) : true
}
