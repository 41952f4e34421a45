import { readSql } from '../database/sql-file.ts'
import type { BuiltStatement, Knex } from '../database/statement-builder.ts'
import { builtStatement, identifier } from '../database/statement-builder.ts'
import type { RowOrder, RowsRequest, TableView } from '../domain/table-rows.ts'
import { orderingOf } from './column-types.ts'
import { conditionSql } from './condition-sql.ts'
import type { TableDescription } from './table-description.ts'

/** A row of this much stored cannot become a text beyond jsonb's limit, 255 times as much at most, bytes. */
const surelyPrintableBytes = 1_000_000
/** As in the trigger (sql/install/0002): with columns left out, what remains decides, up to this. */
const mostStoredBytes = 67_108_864

/**
 * The statement that reads the rows of a table: first one row with `head` (a JSON object: see sql/query/snapshot_header.sql,
 * and `description`, the table as this statement sees it), then the rows: `row` (JSON text) and `truncated`.
 *
 * A row comes as the trigger would journal it: its image without excluded columns; above `max_row_bytes`, or when jsonb
 * cannot express it, its key. What is stored of it is looked at first, so that no image is made of what is too big.
 *
 * One statement, because it takes the table's lock before its snapshot: with the snapshot first, a TRUNCATE or a rewrite of
 * the table that was waited for would leave it empty.
 */
export function composeRead(
  knex: Knex,
  description: TableDescription,
  request: Pick<RowsRequest, 'table' | 'orderBy' | 'where' | 'limit'>,
  view: TableView,
): BuiltStatement {
  const read = knex
    .with('described', knex.raw(part('describe_live_table.sql').replaceAll('$1', '?'), [request.table]))
    .withMaterialized('place', knex.raw(part('snapshot_header.sql')))
    .select(knex.raw('h.head, NULL::text AS row, NULL::boolean AS truncated'))
    .from(headOf(knex))
    .unionAll(images(knex, description, source(knex, description, request, view)))
  return builtStatement(read)
}

/** A fixed statement as a part of this one: comments may hold a `?`, which knex would take for a value. */
function part(file: string): string {
  return readSql(`query/${file}`)
    .replace(/^\s*--.*$/gm, '')
    .replaceAll('?', '\\?')
}

function headOf(knex: Knex): Knex.Raw {
  const description = `jsonb_build_object('description', (SELECT d.description FROM described d))`
  return knex.raw(`(SELECT (to_jsonb(p) || ${description})::text AS head FROM place p) AS h`)
}

/** The rows as they are stored, filtered and in order. */
function source(
  knex: Knex,
  description: TableDescription,
  { orderBy, where, limit }: Pick<RowsRequest, 'orderBy' | 'where' | 'limit'>,
  view: TableView,
): Knex.QueryBuilder {
  const { schema, name, partitioned } = description
  // Triggers of a plain table do not see the rows of tables that inherit from it.
  const only = partitioned ? '' : 'ONLY '
  const rows = knex
    .select(knex.raw('t.*'))
    .from(knex.raw(`${only}?.? AS t`, [identifier(knex, schema), identifier(knex, name)]))
  const condition = where === null ? null : conditionSql(knex, where, { description, view })
  if (condition !== null) rows.where(condition)
  for (const order of orderBy === null ? [] : ordersOf(description, orderBy)) {
    rows.orderByRaw(orderSql(knex, description, order))
  }
  return limit === null || !view.isWhole ? rows : rows.limit(limit)
}

function images(knex: Knex, description: TableDescription, rows: Knex.QueryBuilder): Knex.QueryBuilder {
  const { maxRowBytes: most, excluded } = description
  const image = knex.raw('pg_catalog.to_jsonb(t.*) - ?::text[]', [[...excluded]])
  const stored = storedSql(knex, description)
  const mostStored = excluded.length > 0 ? mostStoredBytes : most
  const plainBelow = isPlain(description) ? Math.min(mostStored, surelyPrintableBytes) : -1
  const cases = description.guarded
    ? knex.raw('CASE WHEN s.bytes <= ? THEN ? WHEN s.bytes <= ? THEN rtbridge.key_of(?, t.*) END', [
        knex.raw(String(plainBelow)),
        image,
        knex.raw(String(mostStored)),
        guardedImage(description),
      ])
    : knex.raw('CASE WHEN s.bytes <= ? THEN ? END', [knex.raw(String(mostStored)), image])
  const fits = `coalesce(pg_column_size(i.image) <= ${most} AND (pg_column_size(i.image) <= 1000 OR octet_length(p.text) <= ${most}), false)`
  // OFFSET 0 keeps each step from being written into the next one: it would be computed again there.
  return knex
    .select(
      knex.raw('NULL::text, CASE WHEN f.fits THEN p.text ELSE ? END, NOT f.fits', [
        keySql(knex, description),
      ]),
    )
    .from(rows.as('t'))
    .joinRaw('CROSS JOIN LATERAL (SELECT ? AS bytes OFFSET 0) s', [stored] as never)
    .joinRaw('CROSS JOIN LATERAL (SELECT ? AS image OFFSET 0) i', [cases] as never)
    .joinRaw('CROSS JOIN LATERAL (SELECT i.image::text AS text OFFSET 0) p')
    .joinRaw(`CROSS JOIN LATERAL (SELECT ${fits} AS fits OFFSET 0) f`)
}

/** What a row takes as it is stored, compressed and out of line: nothing is unpacked to find it out. */
function storedSql(knex: Knex, { columns }: TableDescription): Knex.Raw {
  const sizes = columns.map(({ name }) =>
    knex.raw('coalesce(pg_column_size(t.?), 0)', [identifier(knex, name)]),
  )
  return knex.raw(`24${' + ?'.repeat(sizes.length)}`, sizes)
}

/** Whatever the values are, jsonb can express them. (What is left out is expressed first, then removed.) */
function isPlain({ columns }: TableDescription): boolean {
  return columns.every(({ printable }) => printable)
}

/** The text of a query that makes the image of the row `$1`; a failure gives null. */
function guardedImage({ excluded }: TableDescription): string {
  return `SELECT pg_catalog.to_jsonb($1) - ${arrayLiteral(excluded)}::pg_catalog.text[]`
}

/** A `text[]` as a quoted literal of SQL. */
function arrayLiteral(texts: readonly string[]): string {
  const elements = texts.map(text => `"${text.replace(/["\\]/g, '\\$&')}"`)
  return `'{${elements.join(',').replaceAll("'", "''")}}'`
}

function keySql(knex: Knex, { table }: TableDescription): Knex.Raw {
  const members = table.keyColumns.map(name => knex.raw('?::text, t.?', [name, identifier(knex, name)]))
  return knex.raw(`jsonb_build_object(${members.map(() => '?').join(', ')})::text`, members)
}

/** What was asked for, then the key, which decides among equals. */
function ordersOf({ table }: TableDescription, orderBy: readonly RowOrder[]): readonly RowOrder[] {
  const named = new Set(orderBy.map(({ column }) => column))
  const rest = table.keyColumns.filter(column => !named.has(column))
  return [...orderBy, ...rest.map(column => ({ column, direction: 'asc', nulls: null }) as const)]
}

function orderSql(knex: Knex, { columns }: TableDescription, order: RowOrder): Knex.Raw {
  const type = columns.find(({ name }) => name === order.column)?.type ?? ''
  const column = identifier(knex, order.column)
  const direction = order.direction === 'desc' ? 'DESC' : 'ASC'
  const nulls = order.nulls === null ? '' : ` NULLS ${order.nulls === 'first' ? 'FIRST' : 'LAST'}`
  const ordering = orderingOf(type)
  if (ordering === 'plain') return knex.raw(`t.? ${direction}${nulls}`, [column])
  if (ordering === 'text') return knex.raw(`t.? COLLATE "C" ${direction}${nulls}`, [column])
  if (ordering === 'padded')
    return knex.raw(`textin(bpcharout(t.?)) COLLATE "C" ${direction}${nulls}`, [column])
  // A key of another type: any order will do that is always the same.
  return knex.raw(`t.?::text COLLATE "C" ${direction}${nulls}`, [column])
}
