import type { AdminSession } from '../database/admin-session.ts'
import { readSql } from '../database/sql-file.ts'

/** A column of a table, or an attribute of a composite type. */
export interface ColumnInfo {
  readonly name: string
  /** Oid of its type. */
  readonly type: string
  /** Its type as PostgreSQL writes it, `numeric(10,2)`; types that are not PostgreSQL's own with their schema. */
  readonly typeText: string
  /** Dimensions of an array as declared; 0 for other types. */
  readonly dimensions: number
  /** It is surely never null. False for attributes and for domains: those constraints have holes. */
  readonly notNull: boolean
  readonly comment: string | null
}

export interface TableColumns {
  readonly comment: string | null
  /** In table order. */
  readonly columns: readonly ColumnInfo[]
}

/** A type by what `to_jsonb` makes of its values; see sql/query/list_types.sql. */
export interface TypeInfo {
  readonly schema: string
  readonly name: string
  readonly kind:
    | 'boolean'
    | 'integer'
    | 'number'
    | 'json'
    | 'string'
    | 'enum'
    | 'composite'
    | 'array'
    | 'domain'
  /** Oid of what a domain is based on or an array holds; else null. */
  readonly part: string | null
  readonly dimensions: number
  /** Of an enum, in its order. */
  readonly labels: readonly string[]
  /** Of a composite type. */
  readonly attributes: readonly ColumnInfo[]
  readonly comment: string | null
}

/** Reads the columns of tables. @returns by oid of the table @throws RTB_DATABASE_* */
export async function readColumns(
  session: Pick<AdminSession, 'query'>,
  tables: readonly string[],
): Promise<ReadonlyMap<string, TableColumns>> {
  const found = new Map<string, { comment: string | null; columns: ColumnInfo[] }>()
  for (const row of await session.query(readSql('query/list_columns.sql'), [tables])) {
    const table = found.get(row['relation'] ?? '') ?? { comment: row['table_comment'] ?? null, columns: [] }
    found.set(row['relation'] ?? '', table)
    const { name, type, type_text, dimensions, not_null, comment } = row
    if (name === null || name === undefined) continue
    table.columns.push({
      name,
      type: type ?? '',
      typeText: type_text ?? '',
      dimensions: Number(dimensions),
      notNull: not_null === 't',
      comment: comment ?? null,
    })
  }
  return found
}

/** Reads types and all that they are made of. @returns by oid @throws RTB_DATABASE_* */
export async function readTypes(
  session: Pick<AdminSession, 'query'>,
  types: readonly string[],
): Promise<ReadonlyMap<string, TypeInfo>> {
  const rows = await session.query(readSql('query/list_types.sql'), [types])
  return new Map(
    rows.map(row => [
      row['oid'] ?? '',
      {
        schema: row['schema_name'] ?? '',
        name: row['type_name'] ?? '',
        kind: row['kind'] as TypeInfo['kind'],
        part: row['part'] ?? null,
        dimensions: Number(row['dimensions']),
        labels: JSON.parse(row['labels'] ?? '[]') as string[],
        attributes: attributes(row['attributes']),
        comment: row['comment'] ?? null,
      },
    ]),
  )
}

interface AttributeJson {
  readonly name: string
  readonly type: string
  readonly type_text: string
  readonly dimensions: number
  readonly comment: string | null
}

function attributes(json: string | null | undefined): ColumnInfo[] {
  const rows = JSON.parse(json ?? '[]') as AttributeJson[]
  return rows.map(({ type_text, ...rest }) => ({ ...rest, typeText: type_text, notNull: false }))
}
