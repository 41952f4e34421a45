import { readFile } from 'node:fs/promises'
import { loadConfig } from '../../src/config/load-config.ts'
import { openAdminSession } from '../../src/database/admin-session.ts'
import { installFiles } from '../../src/database/sql-file.ts'
import { applyPlan } from '../../src/install/apply-plan.ts'
import { readCatalogue } from '../../src/install/catalogue.ts'
import { planInstall } from '../../src/install/plan.ts'
import { compileRules } from '../../src/mapping/rule-set.ts'
import { adminOptions } from './capture-fixture.ts'
import type { TestDatabase } from './test-database.ts'

const example = new URL('../../examples/wasla/', import.meta.url)

/** The configuration of the example, without its database and hub settings. */
export async function waslaYaml(): Promise<string> {
  const yaml = await readFile(new URL('rtbridge.yaml', example), 'utf8')
  return yaml.slice(yaml.indexOf('tables:'))
}

/** Puts the example's tables and triggers into a database. */
export async function installWasla(database: TestDatabase): Promise<void> {
  await database.query(await readFile(new URL('schema.sql', example), 'utf8'))
  const yaml = await waslaYaml()
  await installTables(database, yaml)
}

/** Installs the triggers that a configuration asks for. */
export async function installTables(database: Pick<TestDatabase, 'url'>, yaml: string): Promise<void> {
  const { config } = loadConfig({
    flags: { config: 'rtbridge.yaml' },
    env: {},
    cwd: '/',
    readFile: () => Buffer.from(yaml),
  })
  const options = adminOptions(database.url)
  const session = await openAdminSession(options)
  const rules = compileRules(config.tables)
  const plan = planInstall({
    catalogue: await readCatalogue(session),
    files: installFiles(),
    doorbell: true,
    ruleFor: table => rules.forTable(table).rule,
  })
  await session.close()
  await applyPlan(plan, { database: options, onStep: () => {}, onRetry: () => {} })
}
