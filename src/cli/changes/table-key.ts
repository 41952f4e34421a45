import type { AdminSession } from '../../database/admin-session.ts'
import { readSql } from '../../database/sql-file.ts'
import type { TextRow } from '../../database/text-values.ts'
import { tableLabel } from '../../domain/change.ts'
import { counted } from '../../domain/counted.ts'
import { RtbridgeError, rtbridgeError } from '../../domain/errors/registry.ts'
import type { CatalogueTable } from '../../install/catalogue.ts'

/** A row that somebody named by its key. */
export interface NamedRow {
  /** A text for each column of the key, printed as events print it. */
  readonly key: readonly string[]
  /** The row as it is now, JSON text without excluded columns; null when there is none. */
  readonly row: string | null
  /** The transaction that wrote it last, the lower half of its id; null without a row. */
  readonly xmin: string | null
  /** It is what `journalled` says; null when that was not asked. */
  readonly isSame: boolean | null
  /** Why this role may not look at the row; null when it may. */
  readonly refusal: RtbridgeError | null
}

export interface NamedRowOptions {
  /** As typed: a text for each column, or one JSON array of texts, as `id` of an event has it. */
  readonly given: readonly string[]
  readonly excluded: readonly string[]
  /** A row image of the journal to compare it with, JSON text. */
  readonly journalled?: string | null
  /** For the hint. */
  readonly command: string
}

const lockTimeoutMs = 2_000

/**
 * Reads the row of a key. The key may be typed in any way PostgreSQL reads: `2026-01-01 00:00Z`, an uuid in capitals.
 * @throws RTB_COMMAND_USAGE when the table has no key, or the key is not one of its types
 */
export async function readNamedRow(
  session: AdminSession,
  table: CatalogueTable,
  { given, excluded, journalled = null, command }: NamedRowOptions,
): Promise<NamedRow> {
  const texts = splitKey(table, given, command)
  const columns = await session.query(readSql('query/describe_key.sql'), [table.oid, table.keyColumns])
  const casts = columns.map(({ type }, at) => `$${at + 1}::text::${type}`)
  const printed = (values: readonly string[]) =>
    values.map((value, at) => `to_jsonb(${value}) #>> '{}' AS k${at}`).join(', ')
  const where = columns.map(({ name }, at) => `t.${name} = ${casts[at]}`).join(' AND ')
  const relation = columns[0]?.['relation']
  const [without, image] = [`- $${casts.length + 1}::text[]`, `$${casts.length + 2}::jsonb`]
  // Both printed by this session: a timestamp is printed in the time zone of whoever wrote it.
  const same = `to_jsonb(t.*) ${without} = to_jsonb(jsonb_populate_record(NULL::${relation}, ${image})) ${without}`
  // Equal keys may be written in several ways, 1.5 and 1.50: the journal has that of the row.
  const own = printed(columns.map(({ name }) => `t.${name}`))
  const row = `${own}, (to_jsonb(t.*) ${without})::text AS row, t.xmin::text AS xmin, ${same} AS same`
  const typed = await readKey(session, `SELECT ${printed(casts)}`, texts).catch((error: unknown) => {
    if (!isBadValue(error)) throw error
    const types = columns.map(({ type }) => type).join(', ')
    throw usage(`the key of ${tableLabel(table)} is ${types}: ${texts.join(', ')} is not`, command)
  })
  try {
    const sql = `SELECT ${row} FROM ${relation} t WHERE ${where}`
    const [found] = await askSteadily(session, sql, [...texts, excluded, journalled])
    const isSame = journalled === null || found === undefined ? null : found['same'] === 't'
    const key = found === undefined ? typed : keyOf(found, texts.length)
    return { key, row: found?.['row'] ?? null, xmin: found?.['xmin'] ?? null, isSame, refusal: null }
  } catch (error) {
    const isRefused = error instanceof RtbridgeError && error.code === 'RTB_DATABASE_PERMISSION'
    if (!isRefused) throw error
    return { key: typed, row: null, xmin: null, isSame: null, refusal: error }
  }
}

async function readKey(session: AdminSession, sql: string, texts: readonly string[]): Promise<string[]> {
  const [printed = {}] = await askSteadily(session, sql, texts)
  return keyOf(printed, texts.length)
}

function keyOf(printed: TextRow, columns: number): string[] {
  return Array.from({ length: columns }, (_, at) => printed[`k${at}`] ?? '')
}

/** Asks under the settings under which keys are printed. */
function askSteadily(session: AdminSession, sql: string, values: readonly unknown[]): Promise<TextRow[]> {
  return session.transaction(lockTimeoutMs, async query => {
    await query(readSql('query/prepare_snapshot.sql'), [true])
    return query(sql, values)
  })
}

/** The texts of a key, one for each column. @throws RTB_COMMAND_USAGE */
function splitKey(
  table: Pick<CatalogueTable, 'schema' | 'name' | 'keyColumns'>,
  given: readonly string[],
  command: string,
): readonly string[] {
  const { keyColumns } = table
  if (keyColumns.length === 0)
    throw usage(`${tableLabel(table)} has no primary key: its rows cannot be named`, command)
  const texts = given.length === 1 && keyColumns.length > 1 ? readTexts(given[0] ?? '') : given
  if (texts.length === keyColumns.length) return texts
  const problem = `the key of ${tableLabel(table)} is ${keyColumns.join(', ')}: ${counted(keyColumns.length, 'value')}, not ${texts.length}`
  throw usage(problem, command)
}

function readTexts(text: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value.map(String) : [text]
  } catch {
    return [text]
  }
}

/** Class 22, data exceptions: what was typed is not of that type. */
function isBadValue(error: unknown): boolean {
  const cause = error instanceof RtbridgeError ? (error.cause as { code?: unknown } | undefined) : undefined
  return typeof cause?.code === 'string' && cause.code.startsWith('22')
}

function usage(problem: string, command: string) {
  return rtbridgeError('RTB_COMMAND_USAGE', { problem, command, suggestion: null })
}
