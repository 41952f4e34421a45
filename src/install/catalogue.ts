import type { AdminSession } from '../database/admin-session.ts'
import { readSql } from '../database/sql-file.ts'
import type { TextRow } from '../database/text-values.ts'
import { isCanary, type Operation } from '../domain/change.ts'

/** A trigger of ours on a table. */
export interface InstalledTrigger {
  readonly name: string
  readonly operation: Operation
  /** Also on every partition. */
  readonly enabled: boolean
  /** It has a condition, as those that earlier versions made: right, but slow. */
  readonly conditional: boolean
  /** The registration it writes for. */
  readonly registrationId: string
}

/** A table that could be captured, and what is installed on it. */
export interface CatalogueTable {
  readonly oid: string
  readonly schema: string
  readonly name: string
  readonly owner: string
  /** This role may put triggers on it. */
  readonly owned: boolean
  /** Partitioned tables above it, by oid; empty when it is no partition. */
  readonly partitionOf: readonly string[]
  readonly columns: readonly string[]
  /** Generated when read: triggers never see their values. */
  readonly virtualColumns: readonly string[]
  readonly keyColumns: readonly string[]
  readonly triggers: readonly InstalledTrigger[]
  /** PostgreSQL's estimate. */
  readonly rows: number
}

/** What a registration stands for; see `rtbridge.captured_table`. */
export interface Registration {
  readonly id: string
  readonly relation: string
  readonly schema: string
  readonly name: string
  readonly keyColumns: readonly string[]
  readonly excluded: readonly string[]
  readonly maxRowBytes: number
  /** Its functions print the key under other settings than the types of the key columns ask for now. */
  readonly misprinted: boolean
  /** Its triggers are as they were when this history began, or when everybody was last told of a gap. */
  readonly unbroken: boolean
}

/** Everything an installation is planned from. */
export interface Catalogue {
  readonly serverVersion: string
  readonly serverVersionNumber: number
  readonly database: string
  readonly role: string
  /** With whose rights the triggers work; null when nothing is installed: with those of the role that installs. */
  readonly journalOwner: string | null
  readonly standby: boolean
  /** This role may create a schema here. */
  readonly mayCreateSchema: boolean
  readonly maxPreparedTransactions: number
  /** Install files run here, in order; null when nothing is installed. */
  readonly migrations: readonly string[] | null
  /** A schema named rtbridge exists that holds something, but no migrations of ours. */
  readonly foreignSchema: boolean
  readonly tables: readonly CatalogueTable[]
  /** The table of the canary, which is none of `tables`; null when it is not installed. */
  readonly canary: CatalogueTable | null
  readonly registrations: readonly Registration[]
}

/** Reads what is there. @throws RTB_DATABASE_* */
export async function readCatalogue(session: Pick<AdminSession, 'query'>): Promise<Catalogue> {
  const [server = {}] = await session.query(readSql('query/read_installation.sql'))
  const tables = await readTables(session)
  const installed = server['migration_exists'] === 't'
  const migrations = installed ? await session.query(readSql('query/list_migrations.sql')) : null
  const registrations =
    migrations !== null && migrations.length > 0
      ? await session.query(readSql('query/list_registrations.sql'))
      : []
  return {
    serverVersion: server['server_version'] ?? '',
    serverVersionNumber: Number(server['server_version_num']),
    database: server['database'] ?? '',
    role: server['role'] ?? '',
    journalOwner: server['journal_owner'] ?? null,
    standby: server['standby'] === 't',
    mayCreateSchema: server['may_create_schema'] === 't',
    maxPreparedTransactions: Number(server['max_prepared_transactions']),
    migrations: migrations?.map(row => row['name'] ?? '') ?? null,
    foreignSchema: server['schema_in_use'] === 't' && !installed,
    tables: tables.filter(table => !isCanary(table)),
    canary: tables.find(isCanary) ?? null,
    registrations: registrations.map(row => ({
      id: row['id'] ?? '',
      relation: row['relation'] ?? '',
      schema: row['schema_name'] ?? '',
      name: row['table_name'] ?? '',
      keyColumns: list(row['key_columns']),
      excluded: list(row['excluded']),
      maxRowBytes: Number(row['max_row_bytes']),
      misprinted: row['misprinted'] === 't',
      unbroken: row['unbroken'] === 't',
    })),
  }
}

/**
 * Reads the tables alone, the canary among them: any role may, whatever is installed.
 * @throws RTB_DATABASE_*
 */
export async function readTables(session: Pick<AdminSession, 'query'>): Promise<CatalogueTable[]> {
  return (await session.query(readSql('query/list_tables.sql'))).map(toTable)
}

function toTable(row: TextRow): CatalogueTable {
  return {
    oid: row['oid'] ?? '',
    schema: row['schema_name'] ?? '',
    name: row['table_name'] ?? '',
    owner: row['owner'] ?? '',
    owned: row['owned'] === 't',
    partitionOf: list(row['partition_of']),
    columns: list(row['columns']),
    virtualColumns: list(row['virtual_columns']),
    keyColumns: list(row['key_columns']),
    triggers: triggers(row['triggers']),
    rows: Number(row['row_estimate']),
  }
}

function list(json: string | null | undefined): string[] {
  return JSON.parse(json ?? '[]') as string[]
}

function triggers(json: string | null | undefined): InstalledTrigger[] {
  const rows = JSON.parse(json ?? '[]') as {
    name: string
    operation: Operation
    enabled: boolean
    conditional: boolean
    id: string
  }[]
  return rows.map(({ id, ...rest }) => ({ ...rest, registrationId: id }))
}
