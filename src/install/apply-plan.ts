import { type AdminSession, openAdminSession } from '../database/admin-session.ts'
import type { DatabaseOptions } from '../database/connection-settings.ts'
import { migrateSchema } from '../database/migrate-schema.ts'
import { tableLabel } from '../domain/change.ts'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { InstallPlan, InstallStep } from './plan.ts'
import { retryLocked } from './retry-locked.ts'
import { statementOf } from './statements.ts'

/** Makes the migration single among all programs that install into this database (see `capture/advisory-locks.ts`). */
const migrationLock = [1_920_229_746, 4] as const

export interface ApplyOptions {
  readonly database: DatabaseOptions
  /** Told before each step. */
  readonly onStep: (step: InstallStep) => void
  /** Told before each further attempt to get a lock. */
  readonly onRetry: (step: InstallStep, attempt: number) => void
}

/**
 * Carries out a plan. Every table is a short transaction of its own that waits at most two seconds for its lock and
 * tries again: the application's writers never queue up behind it for longer.
 *
 * @throws RTB_INSTALL_LOCKED, RTB_DATABASE_*
 */
export async function applyPlan(plan: InstallPlan, options: ApplyOptions): Promise<void> {
  const session = await openAdminSession(options.database)
  try {
    for (const step of plan.steps) {
      options.onStep(step)
      if (step.kind === 'migrate') await migrateSchema(options.database, migrationLock)
      else await applyStep(session, step, options)
    }
  } finally {
    await session.close()
  }
}

async function applyStep(
  session: AdminSession,
  step: Exclude<InstallStep, { kind: 'migrate' }>,
  options: ApplyOptions,
): Promise<void> {
  const attempt = (lockTimeoutMs: number) =>
    session.transaction(lockTimeoutMs, async query => {
      await query(statementOf(step))
    })
  await retryLocked(attempt, {
    onRetry: number => options.onRetry(step, number),
    givenUp: attempts => rtbridgeError('RTB_INSTALL_LOCKED', { table: nameOf(step), attempts }),
  })
}

function nameOf(step: Exclude<InstallStep, { kind: 'migrate' }>): string {
  return tableLabel(step.kind === 'capture' ? step.target : step.table)
}
