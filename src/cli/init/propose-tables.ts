import type { Catalogue, CatalogueTable } from '../../install/catalogue.ts'
import type { TableName } from '../../install/plan.ts'
import { nameEvents, type ProposedNames } from './name-events.ts'

/** A table as `init` proposes it. */
export interface ProposedTable extends TableName, ProposedNames {
  /** Columns that look secret. */
  readonly exclude: readonly string[]
  /** Columns whose changes are probably events of their own. */
  readonly statusColumns: readonly string[]
  /** Why it is only proposed as a comment; null when it is proposed. */
  readonly doubt: string | null
  /** What to know of it. */
  readonly remarks: readonly string[]
}

/** Where migration tools keep their own books. */
const migrationTable =
  /^(schema_migrations?|schema_version|ar_internal_metadata|(knex_|pg)?migrations?(_lock)?|flyway_schema_history|databasechangelog(lock)?|alembic_version|django_migrations|_prisma_migrations|__drizzle_migrations|typeorm_metadata|goose_db_version|__efmigrationshistory|sequelize(meta|data)|_sqlx_migrations|__diesel_schema_migrations|spatial_ref_sys)$/i
const toolSchema =
  /^(graphile_(worker|migrate)|pgboss|hdb_catalog|drizzle|cron|partman|topology|tiger(_data)?)$/i
const logTable =
  /(^|_)(logs?|audits?|histor(y|ies)|archives?|metrics?|sessions?|caches?|tmp|temp|staging|backups?)(_|$)/i
const secretColumn =
  /(^|_)(pass(word|wd|code|phrase)?|pwd|tokens?|secrets?|pins?|hash(es)?|digest|salt|otp|totp|api_?keys?|private_?keys?|cvv|cvc|iban|ssn|card_number|credentials?)(_|$)/i
const statusColumn = /^[A-Za-z_][A-Za-z0-9_]*$/
const manyRows = 1_000_000

/** Chooses what an office wants to hear of, from the names alone; nothing of the rows is read. */
export function proposeTables({ tables }: Pick<Catalogue, 'tables'>): readonly ProposedTable[] {
  const proposals = tables
    .filter(table => table.partitionOf.length === 0)
    .filter(table => !migrationTable.test(table.name) && !toolSchema.test(table.schema))
    .map(proposeTable)
  return withDistinctNames(proposals)
}

function proposeTable(table: CatalogueTable): ProposedTable {
  const { schema, name, columns, keyColumns } = table
  return {
    schema,
    name,
    ...nameEvents(table),
    exclude: columns.filter(column => secretColumn.test(snake(column)) && !keyColumns.includes(column)),
    statusColumns: columns.filter(
      column => statusColumn.test(column) && /(^|_)(status|state)$/i.test(snake(column)),
    ),
    doubt: doubtOf(table),
    remarks: [
      ...(keyColumns.length === 0 ? ['It has no primary key: its events have no id.'] : []),
      ...(table.owned ? [] : [`It belongs to ${table.owner}: install the triggers as that role.`]),
    ],
  }
}

function doubtOf({ name, rows }: CatalogueTable): string | null {
  if (logTable.test(snake(name)))
    return 'It looks like a log or like temporary data: every row would be an event.'
  if (rows > manyRows)
    return `It has about ${Math.round(rows / 1_000_000)} million rows: is it written to by people?`
  return null
}

/** Tables that differ in what their names lose still get names of their own. */
function withDistinctNames(proposals: readonly ProposedTable[]): readonly ProposedTable[] {
  const used = new Map<string, number>()
  return proposals.map(proposal => {
    const count = (used.get(proposal.stem) ?? 0) + 1
    used.set(proposal.stem, count)
    if (count === 1) return proposal
    return { ...proposal, stem: `${proposal.stem}_${count}`, channel: `${proposal.channel}_${count}` }
  })
}

function snake(name: string): string {
  return name.replace(/([a-z\d])([A-Z])/g, '$1_$2')
}
