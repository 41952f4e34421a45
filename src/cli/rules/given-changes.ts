import type { CapturedTable, Change, Operation } from '../../domain/change.ts'
import { rowOperations } from '../../domain/change.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import { splitObject } from '../../expressions/json-text.ts'
import { textOf } from '../../expressions/row-key.ts'
import { parseTableName } from '../changes/find-table.ts'
import { jsonDocuments } from './json-documents.ts'

const command = 'rtbridge rules test'

/** What was typed of one change; rows are JSON text. */
export interface GivenChange {
  readonly table: string | null
  /** `insert`, `update`, …; null: what the rows say. */
  readonly op: string | null
  readonly old: string | null
  readonly new: string | null
  readonly origin: string | null
}

/**
 * Reads changes from a text: JSON documents `{ "table", "op", "old", "new", "origin" }`, of which all but a row may be missing.
 * @param defaults for what a document does not say
 * @throws RTB_COMMAND_USAGE
 */
export function readGivenChanges(text: string, defaults: GivenChange): readonly GivenChange[] {
  return documentsOf(text).map((document, at) => {
    const members = membersOf(document, `document ${at + 1}`)
    const unknown = [...members.keys()].find(name => !(name in defaults))
    if (unknown !== undefined) {
      const names = Object.keys(defaults).join(', ')
      throw usage(`document ${at + 1} has "${unknown}"; a change has ${names}`)
    }
    const word = (name: 'table' | 'op' | 'origin') => textMember(members.get(name)) ?? defaults[name]
    const row = (name: 'old' | 'new') => rowMember(members.get(name)) ?? defaults[name]
    return {
      table: word('table'),
      op: word('op'),
      old: row('old'),
      new: row('new'),
      origin: word('origin'),
    }
  })
}

/**
 * The change that was meant.
 * @param keyColumns of its table; empty when they are not known
 * @throws RTB_COMMAND_USAGE
 */
export function toGivenChange(given: GivenChange, keyColumns: readonly string[]): Change {
  if (given.table === null) throw usage('a table is missing')
  const table: CapturedTable = { id: -1, ...parseTableName(given.table, command), keyColumns }
  const op = operationOf(given)
  for (const name of ['old', 'new'] as const) checkRow(given[name], name)
  const lacks = (name: 'old' | 'new') => usage(`${op} needs the row ${name}: --${name} '{…}'`)
  if ((op === 'UPDATE' || op === 'DELETE') && given.old === null) throw lacks('old')
  if ((op === 'UPDATE' || op === 'INSERT') && given.new === null) throw lacks('new')
  return {
    seq: '0',
    xid: '0',
    at: new Date(0).toISOString(),
    table,
    op,
    oldRow: op === 'UPDATE' || op === 'DELETE' ? given.old : null,
    newRow: op === 'UPDATE' || op === 'INSERT' ? given.new : null,
    origin: given.origin,
    truncated: false,
  }
}

/** A row with some columns replaced by what was typed; they keep their digits. @throws RTB_COMMAND_USAGE */
export function overlayRow(row: string, typed: string | null): string {
  if (typed === null) return row
  const members = new Map([...splitObject(row), ...membersOf(typed, 'the row')])
  return `{${[...members].map(([name, raw]) => `${JSON.stringify(name)}: ${raw}`).join(', ')}}`
}

function operationOf({ op, old, new: after }: GivenChange): Operation {
  const word =
    op?.toLowerCase() ??
    (old === null ? (after === null ? null : 'insert') : after === null ? 'delete' : 'update')
  const found = rowOperations.find(each => each === word)
  if (found !== undefined) return found.toUpperCase() as Operation
  throw usage(word === null ? 'a row is missing: give --new, --old or both' : `"${word}" is no operation`)
}

function checkRow(row: string | null, name: string): void {
  if (row !== null) membersOf(row, `the row ${name}`)
}

function membersOf(text: string, what: string): Map<string, string> {
  try {
    JSON.parse(text)
  } catch (error) {
    throw usage(`${what} is not JSON: ${error instanceof Error ? error.message : error}`)
  }
  if (!text.trimStart().startsWith('{')) throw usage(`${what} is not a JSON object`)
  return splitObject(text)
}

function documentsOf(text: string): readonly string[] {
  try {
    return jsonDocuments(text)
  } catch (error) {
    throw usage(`the changes are not JSON: ${error instanceof Error ? error.message : error}`)
  }
}

function textMember(raw: string | undefined): string | null {
  return raw === undefined || raw === 'null' ? null : textOf(raw)
}

function rowMember(raw: string | undefined): string | null {
  return raw === undefined || raw === 'null' ? null : raw
}

function usage(problem: string) {
  return rtbridgeError('RTB_COMMAND_USAGE', { problem, command, suggestion: null })
}
