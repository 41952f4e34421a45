import type { Config } from '../../config/config.ts'
import { tableLabel } from '../../domain/change.ts'
import { closestWord } from '../../domain/closest-word.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import { formatLocation, type TableRule } from '../../domain/rule.ts'
import {
  chooseForTable,
  matchesTable,
  parseTablePattern,
  type TablePattern,
} from '../../domain/table-pattern.ts'
import type { Catalogue } from '../../install/catalogue.ts'
import type { TableName } from '../../install/plan.ts'

interface Candidate {
  readonly pattern: TablePattern
  readonly rule: TableRule
  /** Where it was named. */
  readonly at: string
}

/** Which tables an installation is about. */
export interface TableSelection {
  /** The rule that selects a table; null when none does. */
  readonly ruleFor: (table: TableName) => TableRule | null
  /** False for tables that `--table` leaves alone. */
  readonly isMeant: (table: TableName) => boolean
  readonly candidates: readonly Candidate[]
}

/**
 * Joins the tables of the configuration with those of `--table`, which narrow it, and add tables that it does not name.
 *
 * @param flags patterns of `--table`; empty = everything that is configured
 * @param command what was called, for the hint
 * @throws RTB_COMMAND_USAGE for what is not a pattern, RTB_INSTALL_NOTHING_SELECTED when nothing is named at all
 */
export function selectTables(
  config: Config,
  flags: readonly string[],
  command = 'rtbridge install-triggers',
): TableSelection {
  const configured = config.tables.map(rule => {
    return candidate({ source: rule.pattern, rule, at: formatLocation(rule.location), command })
  })
  const named = flags.map(source => {
    return candidate({ source, rule: plainRule(source, config), at: `--table ${source}`, command })
  })
  if (configured.length + named.length === 0) {
    throw rtbridgeError('RTB_INSTALL_NOTHING_SELECTED', { patterns: 'the configuration: it names none' })
  }
  const isMeant = (table: TableName) =>
    named.length === 0 || named.some(({ pattern }) => matchesTable(pattern, table))
  return {
    ruleFor: table => (chooseForTable(configured, table) ?? chooseForTable(named, table))?.rule ?? null,
    isMeant,
    // What the configuration names and `--table` leaves out need not be there.
    candidates: named.length === 0 ? configured : named,
  }
}

/**
 * Makes sure that every pattern finds a table: a name that finds none is an error, a glob is worth a note.
 *
 * @returns the notes
 * @throws RTB_INSTALL_TABLE_MISSING, RTB_INSTALL_NOTHING_SELECTED
 */
export function checkSelection(
  selection: TableSelection,
  { tables, registrations }: Pick<Catalogue, 'tables' | 'registrations'>,
): readonly string[] {
  const notes: string[] = []
  const empty = selection.candidates.filter(
    ({ pattern }) => !tables.some(table => matchesTable(pattern, table)),
  )
  for (const { pattern, at } of empty) {
    if (pattern.exact) {
      const renamed = findRenamed(pattern, { tables, registrations })
      const similar = renamed ?? closestWord(pattern.source, tables.map(tableLabel))
      throw rtbridgeError('RTB_INSTALL_TABLE_MISSING', { pattern: pattern.source, at, similar })
    }
    notes.push(`${at}: no table matches ${pattern.source}.`)
  }
  if (empty.length === selection.candidates.length) {
    const patterns = selection.candidates.map(({ pattern }) => pattern.source).join(', ')
    throw rtbridgeError('RTB_INSTALL_NOTHING_SELECTED', { patterns })
  }
  return notes
}

/** A table that is captured under a name which it no longer has. */
function findRenamed(
  pattern: TablePattern,
  { tables, registrations }: Pick<Catalogue, 'tables' | 'registrations'>,
): string | null {
  const former = registrations.filter(registration => matchesTable(pattern, registration))
  const table = tables.find(({ oid, triggers }) =>
    former.some(({ id, relation }) => relation === oid && triggers.some(own => own.registrationId === id)),
  )
  return table === undefined ? null : tableLabel(table)
}

interface CandidateInput {
  readonly source: string
  readonly rule: TableRule
  readonly at: string
  readonly command: string
}

function candidate({ source, rule, at, command }: CandidateInput): Candidate {
  const pattern = parseTablePattern(source)
  if (pattern !== null) return { pattern, rule, at }
  throw rtbridgeError('RTB_COMMAND_USAGE', {
    problem: `${JSON.stringify(source)} is not a table pattern: it is name, schema.name, glob* or "Quoted Name"`,
    command,
    suggestion: null,
  })
}

/** A table that only `--table` names: table events, no business events. */
function plainRule(pattern: string, { journal }: Config): TableRule {
  const location = { file: '--table', line: 1, column: 1 }
  return { pattern, channel: null, exclude: [], maxRowBytes: journal.maxRowBytes, events: [], location }
}
