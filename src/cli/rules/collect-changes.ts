import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Config } from '../../config/config.ts'
import type { Change } from '../../domain/change.ts'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import { readTables } from '../../install/catalogue.ts'
import { checkSchema } from '../../install/check-schema.ts'
import type { RuleSet } from '../../mapping/rule-set.ts'
import { findTable } from '../changes/find-table.ts'
import { readNewestChanges } from '../changes/newest-changes.ts'
import { readNamedRow } from '../changes/table-key.ts'
import { withSession } from '../context.ts'
import type { Host } from '../host.ts'
import { type GivenChange, overlayRow, readGivenChanges, toGivenChange } from './given-changes.ts'

const command = 'rtbridge rules test'

export interface RulesTestOptions {
  readonly op?: string
  readonly old?: string
  readonly new?: string
  readonly origin?: string
  readonly file?: string
  readonly last?: number
  readonly key?: readonly string[]
  readonly allTables?: boolean
  readonly rule?: readonly string[]
  readonly expect?: readonly string[]
  readonly expectNone?: boolean
}

/** Changes to test, in the order in which they happened. */
export interface Collected {
  readonly changes: readonly Change[]
  /** Part of the ids of their events; null when they are in no journal. */
  readonly history: string | null
}

/**
 * Gets the changes from where the options say. Only `--last` and `--key` need the database.
 * @throws RTB_COMMAND_USAGE RTB_DATABASE_* RTB_INSTALL_MISSING
 */
export async function collectChanges(
  options: RulesTestOptions,
  table: string | null,
  { host, config, rules }: { readonly host: Host; readonly config: Config; readonly rules: RuleSet },
): Promise<Collected> {
  if (table === null && options.allTables !== true && options.file === undefined)
    throw usage('name a table, or give --all-tables')
  if (options.last !== undefined) return readLast(config, options.last, table)
  const given: GivenChange = {
    table,
    op: options.op ?? null,
    old: options.old ?? null,
    new: options.new ?? null,
    origin: options.origin ?? null,
  }
  if (options.key !== undefined && table !== null) {
    return { changes: [await readRow(config, rules, { given, key: options.key, table })], history: null }
  }
  if (options.file === undefined) return { changes: [toGivenChange(given, [])], history: null }
  const text = await readText(host, options.file)
  return { changes: readGivenChanges(text, given).map(each => toGivenChange(each, [])), history: null }
}

async function readLast(config: Config, limit: number, table: string | null): Promise<Collected> {
  return withSession(config, async session => {
    await checkSchema(session)
    const named = table === null ? null : findTable(table, await readTables(session), command)
    const options = { table: named, key: null, limit }
    const { changes, history } = await readNewestChanges(session, options)
    return { changes: changes.toReversed(), history }
  })
}

/** The row as it is now, with what was typed laid over it, as if it were written. */
async function readRow(
  config: Config,
  rules: RuleSet,
  {
    given,
    key,
    table,
  }: { readonly given: GivenChange; readonly key: readonly string[]; readonly table: string },
): Promise<Change> {
  return withSession(config, async session => {
    const found = findTable(table, await readTables(session), command)
    const excluded = rules.forTable(found).rule?.exclude ?? []
    const { row, refusal } = await readNamedRow(session, found, { given: key, excluded, command })
    if (refusal !== null) throw refusal
    if (row === null) throw usage(`${table} has no row ${key.join(', ')}`)
    const [before, after] = [overlayRow(row, given.old), overlayRow(row, given.new)]
    const op = given.op ?? 'insert'
    return toGivenChange({ ...given, op, old: before, new: after }, found.keyColumns)
  })
}

async function readText({ stdin, cwd }: Host, file: string): Promise<string> {
  if (file !== '-') {
    try {
      return await readFile(resolve(cwd, file), 'utf8')
    } catch (error) {
      throw usage(`${file} cannot be read: ${error instanceof Error ? error.message : error}`)
    }
  }
  const chunks: Buffer[] = []
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}

function usage(problem: string) {
  return rtbridgeError('RTB_COMMAND_USAGE', { problem, command, suggestion: null })
}
