import type { AdminSession } from '../database/admin-session.ts'
import { tableLabel } from '../domain/change.ts'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { Catalogue } from './catalogue.ts'
import type { TableName } from './plan.ts'
import { retryLocked } from './retry-locked.ts'
import { statementOf } from './statements.ts'

export interface UninstallOptions {
  /** Keep the schema with the journal; only the triggers go. */
  readonly keepJournal: boolean
  readonly onRelease: (table: TableName) => void
  readonly onRetry: (what: string, attempt: number) => void
}

/**
 * Takes every trigger of ours off its table, one short transaction each, then drops the schema.
 *
 * @throws RTB_INSTALL_LOCKED, RTB_DATABASE_*
 */
export async function uninstall(
  session: AdminSession,
  catalogue: Catalogue,
  options: UninstallOptions,
): Promise<void> {
  for (const table of catalogue.tables.filter(entry => entry.triggers.length > 0)) {
    options.onRelease(table)
    await locked(session, tableLabel(table), options, statementOf({ kind: 'release', table, reason: '' }))
  }
  if (!options.keepJournal && catalogue.migrations !== null) {
    await locked(session, 'rtbridge.journal', options, 'DROP SCHEMA rtbridge CASCADE')
  }
}

/** What {@link uninstall} would run, for `--sql`. */
export function uninstallScript(catalogue: Catalogue, keepJournal: boolean): string {
  const releases = catalogue.tables
    .filter(table => table.triggers.length > 0)
    .map(table => statementOf({ kind: 'release', table, reason: '' }))
  const drop = keepJournal || catalogue.migrations === null ? [] : ['DROP SCHEMA rtbridge CASCADE']
  return [...releases, ...drop].map(statement => `BEGIN;\n${statement};\nCOMMIT;\n`).join('\n')
}

function locked(
  session: AdminSession,
  what: string,
  options: UninstallOptions,
  statement: string,
): Promise<void> {
  const attempt = (lockTimeoutMs: number) =>
    session.transaction(lockTimeoutMs, async query => {
      await query(statement)
    })
  return retryLocked(attempt, {
    onRetry: number => options.onRetry(what, number),
    givenUp: attempts => rtbridgeError('RTB_INSTALL_LOCKED', { table: what, attempts }),
  })
}
