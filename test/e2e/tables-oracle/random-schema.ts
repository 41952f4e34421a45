import type { TableOptions } from '../../../src/client/tables/state/table-request.ts'
import type { Random } from '../../client/tables/model-database.ts'

/** A type of column: values as SQL literals, without null. */
interface ColumnKind {
  readonly type: string
  readonly collate?: 'COLLATE "C"'
  value(random: Random): string
}

const texts = ['', 'a', 'Z', 'é', 'ab', '\uFFFD', '😀', 'a😀', "it''s", ' a']
const pick = (values: readonly string[]) => (random: Random) => `'${values[random(values.length)]}'`
const kinds: readonly ColumnKind[] = [
  { type: 'integer', value: random => String(random(7) - 3) },
  { type: 'bigint', value: random => String(random(5) * 1_000_000_007) },
  { type: 'text', collate: 'COLLATE "C"', value: pick(texts) },
  { type: 'varchar(9)', collate: 'COLLATE "C"', value: pick(texts) },
  { type: 'numeric', value: pick(['0', '0.1', '0.10', '-2.5', '1e10', 'NaN', '123456.789']) },
  { type: 'boolean', value: random => String(random(2) === 0) },
  { type: 'uuid', value: random => `'00000000-0000-4000-8000-00000000000${random(9)}'` },
  { type: 'date', value: pick(['2026-01-31', '1999-12-31', '2026-02-01', '10000-01-01', '0044-03-15 BC']) },
  {
    type: 'timestamptz',
    value: pick([
      '2026-03-29 01:59:59.5+01',
      '2026-03-29 00:59:59.50+00',
      '2026-03-29 06:30+05:30',
      '1970-01-01Z',
    ]),
  },
  { type: 'timestamp', value: pick(['2026-03-29 01:59:59.000001', '2026-03-29 02:00', '1969-12-31 23:59']) },
]

export interface OracleColumn {
  readonly name: string
  readonly kind: ColumnKind
}

/** A table of the run. */
export interface OracleTable {
  readonly name: string
  /** Columns of the key: one or two. */
  readonly key: readonly OracleColumn[]
  readonly columns: readonly OracleColumn[]
}

/** A live table of the run, in the words of SQL as well. */
export interface OracleSpec {
  readonly table: OracleTable
  readonly options: TableOptions
  readonly where: string
  readonly order: string
  readonly columns: readonly OracleColumn[]
}

const keyText: ColumnKind = { type: 'text', collate: 'COLLATE "C"', value: random => `'k${random(40)}é😀'` }

/** Makes some tables up. */
export function randomTables(random: Random): OracleTable[] {
  return ['alpha', 'beta', 'gamma'].map((name, index) => {
    const number: OracleColumn = { name: 'id', kind: { type: 'bigint', value: r => String(1 + r(150)) } }
    const key = [[number], [{ name: 'code', kind: keyText }, number], [number]][index] ?? [number]
    const columns = ['c0', 'c1', 'c2', 'c3'].map(column => ({
      name: column,
      kind: kinds[random(kinds.length)] as ColumnKind,
    }))
    const grp: OracleColumn = { name: 'grp', kind: { type: 'text', value: pick(['x', 'y']) } }
    const n: OracleColumn = { name: 'n', kind: kinds[0] as ColumnKind }
    return { name, key, columns: [grp, n, ...columns] }
  })
}

/** Makes up what a live table shows. */
export function randomSpec(tables: readonly OracleTable[], random: Random): OracleSpec {
  const table = tables[random(tables.length)] as OracleTable
  const conditions: readonly (readonly [cel: string | undefined, sql: string])[] = [
    [undefined, 'true'],
    ['new.grp == "x"', `grp = 'x'`],
    ['new.n > 0 && new.grp == "y"', `n > 0 AND grp = 'y'`],
    ['new.n == null || new.n < 0', `n IS NULL OR n < 0`],
  ]
  const [where, sqlWhere] = conditions[random(conditions.length)] as (typeof conditions)[number]
  const terms = Array.from({ length: random(3) }, () => {
    const { name, kind } = table.columns[random(table.columns.length)] as OracleColumn
    const direction = random(2) === 0 ? ('asc' as const) : ('desc' as const)
    const nulls = [undefined, 'first' as const, 'last' as const][random(3)]
    const sql = `${name} ${name === 'grp' ? 'COLLATE "C"' : (kind.collate ?? '')} ${direction}${nulls ? ` NULLS ${nulls}` : ''}`
    return { term: nulls ? { column: name, direction, nulls } : (`${name} ${direction}` as const), sql }
  })
  const isNarrow = random(3) === 0
  const narrow = table.columns.filter((_, index) => index % 2 === random(2))
  const limit = random(2) === 0 ? undefined : 1 + random(12)
  return {
    table,
    options: {
      where,
      orderBy: terms.map(({ term }) => term),
      ...(isNarrow && { columns: narrow.map(({ name }) => name) }),
      ...(limit !== undefined && { limit }),
    },
    where: sqlWhere,
    order: [
      ...terms.map(({ sql }) => sql),
      ...table.key.map(({ name, kind }) => `${name} ${kind.collate ?? ''}`),
    ].join(', '),
    columns: [...table.key, ...(isNarrow ? narrow : table.columns)],
  }
}

/** The statements that make the tables, and note in `oracle_history` what becomes of their rows. */
export function schemaSql(tables: readonly OracleTable[]): string {
  const history = `
    CREATE TABLE oracle_history (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
      tab text NOT NULL, key text, row jsonb);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'TRUNCATE' THEN
        INSERT INTO oracle_history (tab) VALUES (TG_TABLE_NAME);
        RETURN NULL;
      END IF;
      IF TG_OP <> 'INSERT' THEN
        INSERT INTO oracle_history (tab, key) VALUES (TG_TABLE_NAME, concat_ws('/', to_jsonb(OLD)->>'code', OLD.id));
      END IF;
      IF TG_OP <> 'DELETE' THEN
        INSERT INTO oracle_history (tab, key, row)
        VALUES (TG_TABLE_NAME, concat_ws('/', to_jsonb(NEW)->>'code', NEW.id), to_jsonb(NEW));
      END IF;
      RETURN NULL;
    END $$;`
  const each = tables.map(({ name, key, columns }) => {
    const all = [...key, ...columns].map(column => `${column.name} ${column.kind.type}`)
    return `
    CREATE TABLE ${name} (${all.join(', ')}, PRIMARY KEY (${key.map(column => column.name).join(', ')}));
    CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON ${name} FOR EACH ROW EXECUTE FUNCTION note();
    CREATE TRIGGER note_truncate AFTER TRUNCATE ON ${name} FOR EACH STATEMENT EXECUTE FUNCTION note();`
  })
  return history + each.join('')
}
