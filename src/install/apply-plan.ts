import { type AdminSession, openAdminSession } from '../database/admin-session.ts'
import type { DatabaseOptions } from '../database/connection-settings.ts'
import { migrateSchema } from '../database/migrate-schema.ts'
import { tableLabel } from '../domain/change.ts'
import type { RtbridgeError } from '../domain/errors/registry.ts'
import type { InstallPlan, InstallStep } from './plan.ts'
import { defaultLockPolicy, type LockPolicy, retryLocked } from './retry-locked.ts'
import { statementOf } from './statements.ts'

export interface ApplyOptions {
  readonly database: DatabaseOptions
  /** Told before each step. */
  readonly onStep: (step: InstallStep) => void
  /** Told before each further attempt to get a lock. */
  readonly onRetry: (step: InstallStep, attempt: number) => void
  /** Default {@link defaultLockPolicy}. */
  readonly locks?: LockPolicy
}

/**
 * Carries out a plan. Every install file and every table is a short transaction of its own that waits less than a second
 * for its lock and tries again: the application's writers never queue up behind it for longer. A table whose lock cannot
 * be had is reported after the others were done.
 *
 * @throws RTB_INSTALL_LOCKED for the schema, or the first table, without a lock; RTB_DATABASE_*
 */
export async function applyPlan(plan: InstallPlan, options: ApplyOptions): Promise<void> {
  const session = await openAdminSession(options.database)
  let locked: RtbridgeError | null = null
  try {
    for (const step of plan.steps) {
      options.onStep(step)
      const error = await applyStep(session, step, options)
      // Without the schema nothing else can be done.
      if (error !== null && step.kind === 'migrate') throw error
      locked ??= error
    }
  } finally {
    await session.close()
  }
  if (locked !== null) throw locked
}

function applyStep(
  session: AdminSession,
  step: InstallStep,
  options: ApplyOptions,
): Promise<RtbridgeError | null> {
  const attempt = (timeoutMs: number) =>
    step.kind === 'migrate'
      ? migrateSchema(options.database, timeoutMs)
      : session.transaction(timeoutMs, query => query(statementOf(step)))
  return retryLocked(attempt, {
    policy: options.locks ?? defaultLockPolicy,
    onRetry: number => options.onRetry(step, number),
    table: subjectOf(step),
  })
}

function subjectOf(step: InstallStep): string {
  if (step.kind === 'migrate') return 'the schema rtbridge'
  return tableLabel(step.kind === 'capture' ? step.target : step.table)
}
