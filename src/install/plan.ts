import { canaryTable, tableLabel } from '../domain/change.ts'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { TableRule } from '../domain/rule.ts'
import type { Catalogue, CatalogueTable, Registration } from './catalogue.ts'

/** One thing to do, in the order of the list. */
export type InstallStep =
  | { readonly kind: 'migrate'; readonly files: readonly string[] }
  | {
      readonly kind: 'capture'
      readonly target: CaptureTarget
      readonly reason: string
      /** It was captured before, and changes that were made since may be missing in the journal: clients are told. */
      readonly missed: boolean
    }
  | { readonly kind: 'release'; readonly table: TableName; readonly reason: string }

export interface TableName {
  readonly schema: string
  readonly name: string
}

/** A table as it should be captured. */
export interface CaptureTarget extends TableName {
  readonly keyColumns: readonly string[]
  readonly excluded: readonly string[]
  readonly maxRowBytes: number
}

export interface InstallPlan {
  readonly steps: readonly InstallStep[]
  /** Tables that are captured as they should be. */
  readonly unchanged: readonly TableName[]
  /** What the admin should know: it stops nothing. */
  readonly notes: readonly string[]
}

export interface PlanOptions {
  readonly catalogue: Catalogue
  /** Install files of this program, in order. */
  readonly files: readonly string[]
  /** The rule that selects a table; null when none does. */
  readonly ruleFor: (table: TableName) => TableRule | null
  /** Hubs may sleep until a writer rings (`database.doorbell`); it decides on a note only. */
  readonly doorbell: boolean
  /** Makes triggers anew that are right and of an earlier, slower kind, too. Default: they stay, with a note. */
  readonly renew?: boolean
}

/** How sql/install/0007 captures it. */
const canaryTarget: CaptureTarget = {
  ...canaryTable,
  keyColumns: ['hub_id'],
  excluded: [],
  maxRowBytes: 1_048_576,
}

/**
 * What it takes from what is installed to what the configuration asks for. Empty steps = nothing to do.
 *
 * @throws RTB_DATABASE_TOO_OLD, RTB_DATABASE_STANDBY, RTB_INSTALL_NEWER, RTB_INSTALL_FOREIGN_SCHEMA,
 *   RTB_INSTALL_NOT_OWNER, RTB_INSTALL_EXCLUDED_COLUMN
 */
export function planInstall(options: PlanOptions): InstallPlan {
  const { catalogue, files, ruleFor, doorbell, renew = false } = options
  checkServer(catalogue, files.length)
  const selected = tablesToCapture(catalogue.tables, ruleFor)
  const steps: InstallStep[] = []
  const unchanged: TableName[] = []
  const missing = files.slice(catalogue.migrations?.length ?? 0)
  if (missing.length > 0) steps.push({ kind: 'migrate', files: missing })
  const { canary } = catalogue
  const broken = canary === null ? null : difference(canary, canaryTarget, catalogue.registrations)
  if (broken !== null) steps.push({ kind: 'capture', target: canaryTarget, ...broken, missed: false })
  for (const [table, rule] of selected) {
    const target = captureTarget(table, rule)
    const found =
      difference(table, target, catalogue.registrations) ?? (renew && isOfEarlierKind(table) ? renewal : null)
    if (found === null) unchanged.push({ schema: table.schema, name: table.name })
    else {
      checkOwner(table, catalogue.role)
      steps.push({ kind: 'capture', target, ...found })
    }
  }
  for (const table of catalogue.tables) {
    if (table.triggers.length === 0 || selected.has(table) || completesItsRoot(table, selected)) continue
    checkOwner(table, catalogue.role)
    steps.push({
      kind: 'release',
      table: { schema: table.schema, name: table.name },
      reason: 'no longer configured',
    })
  }
  return {
    steps,
    unchanged,
    notes: [...notesOn(catalogue, selected, doorbell), ...noteOnEarlierKind(selected, renew)],
  }
}

function checkServer(catalogue: Catalogue, needed: number): void {
  if (catalogue.serverVersionNumber < 130_000) {
    throw rtbridgeError('RTB_DATABASE_TOO_OLD', { version: catalogue.serverVersion })
  }
  if (catalogue.standby) throw rtbridgeError('RTB_DATABASE_STANDBY', { detail: 'recovery is in progress' })
  if (catalogue.foreignSchema) throw rtbridgeError('RTB_INSTALL_FOREIGN_SCHEMA', {})
  if (catalogue.migrations === null && !catalogue.mayCreateSchema) {
    throw rtbridgeError('RTB_INSTALL_NO_CREATE', { role: catalogue.role, database: catalogue.database })
  }
  const installed = catalogue.migrations?.length ?? 0
  if (installed > needed) throw rtbridgeError('RTB_INSTALL_NEWER', { installed, needed })
}

/** The tables that rules select. A partition is captured through its partitioned table, whose triggers it inherits. */
export function tablesToCapture(
  tables: readonly CatalogueTable[],
  ruleFor: PlanOptions['ruleFor'],
): Map<CatalogueTable, TableRule> {
  const matched = new Map<CatalogueTable, TableRule>()
  for (const table of tables) {
    const rule = ruleFor(table)
    if (rule !== null) matched.set(table, rule)
  }
  const oids = new Set([...matched.keys()].map(table => table.oid))
  for (const table of matched.keys()) {
    if (table.partitionOf.some(oid => oids.has(oid))) matched.delete(table)
  }
  return matched
}

/**
 * TRUNCATE of a partition fires no trigger of the table above it. Such a partition may have one of its own, for the
 * registration of that table.
 */
function completesItsRoot(table: CatalogueTable, selected: Map<CatalogueTable, TableRule>): boolean {
  return [...selected.keys()].some(
    root =>
      table.partitionOf.includes(root.oid) &&
      table.triggers.every(
        ({ operation, registrationId }) =>
          operation === 'TRUNCATE' && root.triggers.some(own => own.registrationId === registrationId),
      ),
  )
}

/** How a rule wants a table to be captured. @throws RTB_INSTALL_EXCLUDED_COLUMN */
export function captureTarget(table: CatalogueTable, rule: TableRule): CaptureTarget {
  for (const column of rule.exclude) {
    const problem = !table.columns.includes(column)
      ? 'the table has no such column'
      : table.keyColumns.includes(column)
        ? 'it belongs to the primary key, which names the row in every event'
        : null
    if (problem !== null) {
      throw rtbridgeError('RTB_INSTALL_EXCLUDED_COLUMN', { table: tableLabel(table), column, problem })
    }
  }
  return {
    schema: table.schema,
    name: table.name,
    keyColumns: table.keyColumns,
    // A virtual column would be journalled as null, which is wrong; better not at all.
    excluded: [...new Set([...rule.exclude, ...table.virtualColumns])].sort(),
    maxRowBytes: rule.maxRowBytes,
  }
}

/** Why a table's triggers have to be made (anew), and whether they missed changes; null when they are right. */
function difference(
  table: CatalogueTable,
  target: CaptureTarget,
  registrations: readonly Registration[],
): { readonly reason: string; readonly missed: boolean } | null {
  if (table.triggers.length === 0) {
    if (registrations.some(({ relation }) => relation === table.oid)) {
      return { reason: 'no longer captured', missed: true }
    }
    const hadOneOfThisName = registrations.some(
      ({ schema, name }) => schema === table.schema && name === table.name,
    )
    return hadOneOfThisName
      ? { reason: 'the table was created anew', missed: true }
      : { reason: 'not captured yet', missed: false }
  }
  const ids = new Set(table.triggers.map(trigger => trigger.registrationId))
  const registration = registrations.find(entry => ids.has(entry.id))
  const broken = brokenBecause(table.triggers, registration, ids.size)
  if (broken !== null) return { reason: broken, missed: true }
  // A dump that is restored has every trigger, and the oids of another database.
  if (registration !== undefined && registration.relation !== table.oid)
    return { reason: 'the table was created anew', missed: !registration.unbroken }
  const outdated = registration === undefined ? null : outdatedBecause(registration, target)
  return outdated === null ? null : { reason: outdated, missed: false }
}

function brokenBecause(
  triggers: CatalogueTable['triggers'],
  registration: Registration | undefined,
  idCount: number,
): string | null {
  const operations = new Set(triggers.map(trigger => trigger.operation))
  if (operations.size < 4) return 'a trigger is missing'
  const off = triggers.find(trigger => !trigger.enabled)
  if (off !== undefined) return `trigger ${off.name} is disabled`
  if (registration === undefined || idCount > 1) return 'its triggers do not belong together'
  return null
}

function outdatedBecause(registration: Registration, target: CaptureTarget): string | null {
  if (registration.schema !== target.schema || registration.name !== target.name)
    return 'the table was renamed'
  if (!sameList(registration.keyColumns, target.keyColumns)) return 'its primary key has changed'
  if (!sameList(registration.excluded, target.excluded)) return 'the excluded columns have changed'
  if (registration.maxRowBytes !== target.maxRowBytes) return 'the largest row has changed'
  if (registration.misprinted) return 'the type of its primary key has changed'
  return null
}

const renewal = { reason: 'its triggers are of an earlier, slower kind', missed: false }

function isOfEarlierKind({ triggers }: CatalogueTable): boolean {
  return triggers.some(({ conditional }) => conditional)
}

/** Making them anew locks their tables, which nobody asked for by an upgrade. */
function noteOnEarlierKind(selected: Map<CatalogueTable, TableRule>, renew: boolean): string[] {
  const labels = renew ? [] : [...selected.keys()].filter(isOfEarlierKind).map(tableLabel)
  if (labels.length === 0) return []
  return [
    `The triggers of ${labels.join(', ')} were made by an earlier version: they capture everything, and cost an UPDATE of one row ` +
      'more than they need. To make them anew, in a quiet hour: rtbridge install-triggers --renew',
  ]
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index])
}

function checkOwner(table: CatalogueTable, role: string): void {
  if (!table.owned) {
    throw rtbridgeError('RTB_INSTALL_NOT_OWNER', { table: tableLabel(table), owner: table.owner, role })
  }
}

function notesOn(
  catalogue: Catalogue,
  selected: Map<CatalogueTable, TableRule>,
  doorbell: boolean,
): string[] {
  const notes: string[] = []
  if (doorbell && catalogue.maxPreparedTransactions > 0) {
    notes.push(
      'max_prepared_transactions is above 0. If an application uses PREPARE TRANSACTION, set `database: { doorbell: off }`: ' +
        'a transaction that rang the doorbell cannot be prepared.',
    )
  }
  for (const table of selected.keys()) {
    if (table.keyColumns.length === 0) {
      notes.push(`${tableLabel(table)} has no primary key: its events have no id.`)
    }
  }
  const captor = catalogue.journalOwner ?? catalogue.role
  const owners = new Set([...selected.keys()].map(table => table.owner).filter(owner => owner !== captor))
  for (const owner of owners) notes.push(noteOnOwner(owner, captor))
  return notes
}

/** Turning a row into JSON runs the casts of its types, as the role that the triggers belong to. */
function noteOnOwner(owner: string, role: string): string {
  return (
    `Tables of ${owner} are captured with the rights of ${role}: a cast to json that ${owner} defines for one of their ` +
    `types runs as ${role}. Unless ${owner} is trusted with that, install as ${owner}.`
  )
}
