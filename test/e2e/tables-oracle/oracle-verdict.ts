import { parseCursor } from '../../../src/domain/cursor.ts'
import { sees } from '../../../src/domain/snapshot.ts'
import type { TestDatabase } from '../../support/test-database.ts'
import type { Sighting } from './oracle-desk.ts'
import type { OracleSpec, OracleTable } from './random-schema.ts'

/** What became of a row, as a trigger of the test's own has noted it. */
interface Version {
  readonly id: number
  readonly xid: bigint
  readonly key: string | null
  readonly row: Readonly<Record<string, unknown>> | null
}

type History = ReadonlyMap<
  string,
  { readonly byKey: ReadonlyMap<string, Version[]>; readonly truncates: Version[] }
>

/** Rows of a spec that SQL found and put in order, by the version they are of. */
type Ranks = ReadonlyMap<number, { readonly rank: number; readonly text: string }>

/**
 * Compares what live tables showed with what SQL returned at those cursors: PostgreSQL filters and orders every version that a row
 * ever had; which of them were there is what the snapshot of the cursor sees.
 * @returns what is wrong, the first of it
 */
export async function judgeSightings(
  database: TestDatabase,
  tables: readonly OracleTable[],
  sightings: readonly Sighting[],
): Promise<string[]> {
  const history = await readHistory(database, tables)
  const ranks = new Map<OracleSpec, Ranks>()
  for (const { spec } of sightings) {
    if (!ranks.has(spec)) ranks.set(spec, await rankVersions(database, spec))
  }
  const problems: string[] = []
  const texts = new Map<OracleSpec, WeakMap<object, string>>()
  for (const { spec, cursor, rows } of sightings) {
    const cache = texts.get(spec) ?? new WeakMap<object, string>()
    texts.set(spec, cache)
    const shown = rows.map(row => {
      const text = cache.get(row) ?? canonical(row, spec)
      cache.set(row, text)
      return text
    })
    const expected = select(history, ranks.get(spec) as Ranks, spec, cursor)
    if (shown.join('\n') === expected.join('\n')) continue
    problems.push(
      `${JSON.stringify(spec.options)} of ${spec.table.name} at ${cursor}:\nshown\n${shown.join('\n')}\nSQL\n${expected.join('\n')}`,
    )
    if (problems.length > 2) break
  }
  return problems
}

/** A row as a text to compare: the moment of a timestamp, not the zone it is written in. */
export function canonical(row: Readonly<Record<string, unknown>>, { columns }: OracleSpec): string {
  const known = new Set(columns.map(({ name }) => name))
  const extra = Object.keys(row).filter(name => !known.has(name))
  const values = columns.map(({ name, kind }) => {
    const value = row[name]
    return kind.type === 'timestamptz' && typeof value === 'string' ? new Date(value).toISOString() : value
  })
  return JSON.stringify([...values, ...extra])
}

async function readHistory(database: TestDatabase, tables: readonly OracleTable[]): Promise<History> {
  const { rows } = await database.query<{
    id: string
    xid: string
    tab: string
    key: string | null
    row: Version['row']
  }>('SELECT id::text, xid::text, tab, key, row FROM oracle_history ORDER BY oracle_history.id')
  const history = new Map(
    tables.map(({ name }) => [name, { byKey: new Map<string, Version[]>(), truncates: [] as Version[] }]),
  )
  for (const { id, xid, tab, key, row } of rows) {
    const version = { id: Number(id), xid: BigInt(xid), key, row }
    const of = history.get(tab)
    if (key === null) of?.truncates.push(version)
    else of?.byKey.set(key, [...(of.byKey.get(key) ?? []), version])
  }
  return history
}

async function rankVersions(database: TestDatabase, spec: OracleSpec): Promise<Ranks> {
  const { table, where, order } = spec
  const { rows } = await database.query<{ version: string; row: Readonly<Record<string, unknown>> }>(
    `SELECT h.id::text AS version, h.row FROM oracle_history h
     CROSS JOIN LATERAL jsonb_populate_record(NULL::${table.name}, h.row) t
     WHERE h.tab = $1 AND h.row IS NOT NULL AND (${where.replace(/\b(grp|n)\b/g, 't.$1')})
     ORDER BY ${order.replace(/\b(grp|n|c\d|id|code)\b/g, 't.$1')}`,
    [table.name],
  )
  return new Map(
    rows.map(({ version, row }, rank) => {
      const text = canonical(Object.fromEntries(spec.columns.map(({ name }) => [name, row[name]])), spec)
      return [Number(version), { rank, text }]
    }),
  )
}

function select(history: History, ranks: Ranks, { table, options }: OracleSpec, cursor: string): string[] {
  const { snapshot } = parseCursor(cursor)
  const of = history.get(table.name)
  const emptied = of?.truncates.findLast(({ xid }) => sees(snapshot, xid))?.id ?? 0
  const found: { rank: number; text: string }[] = []
  for (const versions of of?.byKey.values() ?? []) {
    const last = versions.findLast(({ xid }) => sees(snapshot, xid))
    const ranked = last && last.id > emptied ? ranks.get(last.id) : undefined
    if (ranked) found.push(ranked)
  }
  found.sort((a, b) => a.rank - b.rank)
  return found.slice(0, options.limit).map(({ text }) => text)
}
