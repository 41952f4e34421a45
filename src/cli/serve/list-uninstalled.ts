import type { Config } from '../../config/config.ts'
import { readCatalogue } from '../../install/catalogue.ts'
import { withSession } from '../context.ts'
import { describeStep } from '../install/describe-plan.ts'
import { makePlan } from '../install/make-plan.ts'

/**
 * What `install-triggers` would do for a configuration, in words: until then, no event comes of it.
 * @throws RTB_DATABASE_*, RTB_INSTALL_*
 */
export async function listUninstalled(config: Config): Promise<readonly string[]> {
  if (config.tables.length === 0) return []
  const plan = await withSession(config, async session => makePlan(await readCatalogue(session), config))
  return plan.steps.map(describeStep)
}
