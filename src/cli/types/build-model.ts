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
import type { NamedType, TypeModel } from './value-type.ts'

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
  const found = (await readTables(session)).filter(table => !isCanary(table))
  const selection = selectTables(config, flags)
  const notes = checkSelection(selection, { tables: found, registrations: [] })
  const selected = [...tablesToCapture(found, selection.ruleFor)]
    .filter(([table]) => selection.isMeant(table))
    .map(([table, rule]) => ({ table, rule, label: tableLabel(table) }))
    .sort((a, b) => (a.label < b.label ? -1 : 1))
  const columnsOf = await readColumns(
    session,
    selected.map(({ table }) => table.oid),
  )
  const captured = selected.map(({ table, rule, label }) => {
    const { comment = null, columns = [] } = columnsOf.get(table.oid) ?? {}
    return { label, rule, comment, columns: withoutExcluded(columns, table, rule) }
  })
  // Only of what is sent: not even the type of an excluded column is told.
  const used = captured.flatMap(({ columns }) => columns.map(({ type }) => type))
  const types = await readTypes(session, [...new Set(used)])
  const columnTypes = createColumnTypes(
    types,
    captured.map(({ label }) => label),
  )
  const tables = captured.map(({ label, rule, comment, columns }, index) => {
    const row: NamedType = {
      name: columnTypes.tableNames[index] ?? '',
      remarks: [`A row of ${label}.`, ...(comment === null ? [] : [comment])],
      shape: { kind: 'object', fields: columnTypes.fieldsOf(columns) },
    }
    return { label, row, rule }
  })
  const events = eventTypes(tables)
  return {
    tables: tables.map(({ label, row }) => ({ label, row })),
    types: columnTypes.named,
    events: events.events,
    notes: [...notes, ...events.notes],
  }
}

function withoutExcluded(
  columns: readonly ColumnInfo[],
  table: CatalogueTable,
  rule: TableRule,
): readonly ColumnInfo[] {
  const { excluded } = captureTarget(table, rule)
  return columns.filter(({ name }) => !excluded.includes(name))
}
