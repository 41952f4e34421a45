import type { AdminSession } from '../database/admin-session.ts'
import { tableLabel } from '../domain/change.ts'
import type { RtbridgeError } from '../domain/errors/registry.ts'
import type { Catalogue, CatalogueTable } from './catalogue.ts'
import type { TableName } from './plan.ts'
import { defaultLockPolicy, type LockPolicy, retryLocked } from './retry-locked.ts'
import { renderTransaction, statementOf } from './statements.ts'

export interface UninstallOptions {
  /** Keep the schema with the journal; only the triggers go. */
  readonly keepJournal: boolean
  readonly onRelease: (table: TableName) => void
  readonly onRetry: (what: string, attempt: number) => void
  /** Default {@link defaultLockPolicy}. */
  readonly locks?: LockPolicy
}

/**
 * Takes every trigger of ours off its table, one short transaction each, then drops the schema. A table whose lock cannot
 * be had does not keep the others from being released, but it keeps the schema.
 *
 * @throws RTB_INSTALL_LOCKED, RTB_DATABASE_*
 */
export async function uninstall(
  session: AdminSession,
  catalogue: Catalogue,
  options: UninstallOptions,
): Promise<void> {
  let locked: RtbridgeError | null = null
  for (const table of triggered(catalogue, options.keepJournal)) {
    options.onRelease(table)
    const statement = statementOf({ kind: 'release', table, reason: '' })
    const error = await runLocked(session, statement, tableLabel(table), options)
    locked ??= error
  }
  if (!options.keepJournal && catalogue.migrations !== null && locked === null) {
    locked = await runLocked(session, 'DROP SCHEMA rtbridge CASCADE', 'rtbridge.journal', options)
  }
  if (locked !== null) throw locked
}

/** What {@link uninstall} would run, for `--sql`. */
export function uninstallScript(catalogue: Catalogue, keepJournal: boolean): string {
  const releases = triggered(catalogue, keepJournal).map(table =>
    statementOf({ kind: 'release', table, reason: '' }),
  )
  const drop = keepJournal || catalogue.migrations === null ? [] : ['DROP SCHEMA rtbridge CASCADE']
  const parts = [...releases, ...drop].map(statement => renderTransaction(`${statement};`))
  return `${['\\set ON_ERROR_STOP on', ...parts].join('\n\n')}\n`
}

/** Every table with a trigger of ours; the canary goes with the schema, if that goes. */
function triggered({ tables, canary }: Catalogue, keepJournal: boolean): readonly CatalogueTable[] {
  const all = keepJournal && canary !== null ? [...tables, canary] : tables
  return all.filter(table => table.triggers.length > 0)
}

function runLocked(
  session: AdminSession,
  statement: string,
  table: string,
  { locks = defaultLockPolicy, onRetry }: UninstallOptions,
): Promise<RtbridgeError | null> {
  return retryLocked(timeoutMs => session.transaction(timeoutMs, query => query(statement)), {
    policy: locks,
    table,
    onRetry: number => onRetry(table, number),
  })
}
