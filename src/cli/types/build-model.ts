import type { Config } from '../../config/config.ts'
import type { AdminSession } from '../../database/admin-session.ts'
import { isCanary, tableLabel } from '../../domain/change.ts'
import type { TableRule } from '../../domain/rule.ts'
import { type CatalogueTable, readTables } from '../../install/catalogue.ts'
import { type ColumnInfo, readColumns, readTypes } from '../../install/column-catalogue.ts'
import { captureTarget, tablesToCapture } from '../../install/plan.ts'
import { checkSelection, selectTables } from '../install/table-selection.ts'
import { createColumnTypes } from './column-types.ts'
import { eventTypes } from './event-types.ts'
import { hiddenColumns } from './hidden-columns.ts'
import type { NamedType, TypeModel } from './value-type.ts'

interface CapturedTable {
  readonly label: string
  readonly rule: TableRule
  readonly comment: string | null
  /** Without what is excluded. */
  readonly columns: readonly ColumnInfo[]
  /** Columns that a policy hides from some. */
  readonly hidden: readonly string[]
}

/**
 * Reads what the tables of a configuration look like, and what its rules make of them. Nothing of the rows is read.
 * @param flags patterns of `--table`, as `install-triggers` takes them
 * @throws RTB_INSTALL_*, RTB_DATABASE_*, RTB_COMMAND_USAGE
 */
export async function buildModel(
  session: Pick<AdminSession, 'query'>,
  config: Config,
  flags: readonly string[],
): Promise<TypeModel> {
  const { captured, notes } = await readCaptured(session, config, flags)
  // Only of what is sent: not even the type of an excluded column is told.
  const used = captured.flatMap(({ columns }) => columns.map(({ type }) => type))
  const types = await readTypes(session, [...new Set(used)])
  const labels = captured.map(({ label }) => label)
  const { fieldsOf, tableNames, named } = createColumnTypes(types, labels)
  const tables = captured.map(({ label, rule, comment, columns, hidden }, index) => {
    const row: NamedType = {
      name: tableNames[index] ?? '',
      remarks: [`A row of ${label}.`, ...(comment === null ? [] : [comment])],
      shape: { kind: 'object', fields: fieldsOf(columns, hidden) },
    }
    return { label, row, rule, hidden }
  })
  const { events, notes: ofEvents } = eventTypes(tables)
  return {
    tables: tables.map(({ label, row }) => ({ label, row })),
    types: named,
    events,
    notes: [...notes, ...ofEvents],
  }
}

async function readCaptured(
  session: Pick<AdminSession, 'query'>,
  config: Config,
  flags: readonly string[],
): Promise<{ captured: readonly CapturedTable[]; notes: readonly string[] }> {
  const tables = (await readTables(session)).filter(table => !isCanary(table))
  const selection = selectTables(config, flags, 'rtbridge types')
  const notes = checkSelection(selection, { tables, registrations: [] })
  const selected = [...tablesToCapture(tables, selection.ruleFor)].filter(([table]) =>
    selection.isMeant(table),
  )
  const oids = selected.map(([table]) => table.oid)
  const found = await readColumns(session, oids)
  const captured = selected
    .sort(([a], [b]) => byLabel(a, b))
    .map(([table, rule]): CapturedTable => {
      const { comment = null, columns = [] } = found.get(table.oid) ?? {}
      const { excluded } = captureTarget(table, rule)
      const sent = columns.filter(({ name }) => !excluded.includes(name))
      return {
        label: tableLabel(table),
        rule,
        comment,
        columns: sent,
        hidden: hiddenColumns(config.policies, table),
      }
    })
  return { captured, notes }
}

/** The schema decides between `sales.orders` and a table of `public` that is called "sales.orders". */
function byLabel(a: CatalogueTable, b: CatalogueTable): number {
  const [first, second] = [tableLabel(a), tableLabel(b)]
  return first < second || (first === second && a.schema < b.schema) ? -1 : 1
}
