import { onTestFinished } from 'vitest'
import { type AdminSession, openAdminSession } from '../../src/database/admin-session.ts'
import { installFiles } from '../../src/database/sql-file.ts'
import type { TableRule } from '../../src/domain/rule.ts'
import { chooseForTable, parseTablePattern } from '../../src/domain/table-pattern.ts'
import { type ApplyOptions, applyPlan } from '../../src/install/apply-plan.ts'
import { readCatalogue } from '../../src/install/catalogue.ts'
import { type InstallPlan, type PlanOptions, planInstall } from '../../src/install/plan.ts'
import { uninstall } from '../../src/install/uninstall.ts'
import { adminOptions } from '../support/capture-fixture.ts'
import type { TestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

/** What tables to capture: a pattern, and what differs from the defaults. */
export type TableChoice = Readonly<Record<string, Partial<Pick<TableRule, 'exclude' | 'maxRowBytes'>>>>

/** An admin's session; closed after the test. */
export async function openAdmin(url: string): Promise<AdminSession> {
  const session = await openAdminSession(adminOptions(url))
  onTestFinished(() => session.close())
  return session
}

/** Waits until an installer waits for a table lock in this database. */
export async function installerWaits(database: Pick<TestDatabase, 'query'>): Promise<void> {
  await waitFor(async () => {
    const { rows } = await database.query(
      `SELECT 1 FROM pg_locks l JOIN pg_stat_activity a USING (pid)
       WHERE a.datname = current_database() AND a.application_name = 'rtbridge admin' AND NOT l.granted`,
    )
    return rows.length > 0
  })
}

/** Rules for tables, as a configuration file would give them. */
export function rulesFor(choice: TableChoice): PlanOptions['ruleFor'] {
  const candidates = Object.entries(choice).map(([source, settings]) => {
    const pattern = parseTablePattern(source)
    if (pattern === null) throw new Error(`${source} is not a pattern`)
    return { pattern, rule: tableRule(source, settings) }
  })
  return table => chooseForTable(candidates, table)?.rule ?? null
}

/** What is to be done in a database so that these tables are captured, and no other. */
export async function makePlan(
  session: AdminSession,
  choice: TableChoice,
  renew = false,
): Promise<InstallPlan> {
  return planInstall({
    catalogue: await readCatalogue(session),
    files: installFiles(),
    ruleFor: rulesFor(choice),
    doorbell: true,
    renew,
  })
}

/** Plans and installs. Returns the plan that was carried out. */
export async function install(
  url: string,
  choice: TableChoice,
  { renew = false, ...options }: Partial<ApplyOptions> & { readonly renew?: boolean } = {},
): Promise<InstallPlan> {
  const session = await openAdminSession(adminOptions(url))
  try {
    const plan = await makePlan(session, choice, renew)
    await applyPlan(plan, { database: adminOptions(url), onStep: () => {}, onRetry: () => {}, ...options })
    return plan
  } finally {
    await session.close()
  }
}

/** Removes everything. */
export async function uninstallAll(url: string, keepJournal = false): Promise<void> {
  const session = await openAdminSession(adminOptions(url))
  try {
    const options = { keepJournal, onRelease: () => {}, onRetry: () => {} }
    await uninstall(session, await readCatalogue(session), options)
  } finally {
    await session.close()
  }
}

function tableRule(pattern: string, settings: TableChoice[string]): TableRule {
  return {
    pattern,
    channel: null,
    exclude: settings.exclude ?? [],
    maxRowBytes: settings.maxRowBytes ?? 1_048_576,
    events: [],
    location: { file: 'rtbridge.yaml', line: 1, column: 1 },
  }
}
