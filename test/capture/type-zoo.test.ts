import { expect, test } from 'vitest'
import { openTestCapture } from '../support/capture-fixture.ts'
import { describeEachMajor } from '../support/describe-each-major.ts'
import { openClient } from '../support/open-client.ts'
import { journalOf } from './journal-entries.ts'

/** Types and values of each, as SQL. */
const zoo: readonly (readonly [type: string, values: readonly string[], since?: number])[] = [
  ['smallint', ['-32768', '32767']],
  ['integer', ['-2147483648', '0']],
  ['bigint', ['9007199254740993', '-9223372036854775808', '9223372036854775807']],
  [
    'numeric',
    ['10.10', '1.000', '-0.0', '1e40', '12345678901234567890.12345678901234567890', `'NaN'`, '0.1e-30'],
  ],
  ['numeric', [`'Infinity'`, `'-Infinity'`], 14],
  ['numeric(10,2)', ['10.1', '0']],
  ['real', ['0.1', '3.4e38', `'NaN'`, `'-Infinity'`, `'-0'`]],
  ['double precision', ['0.1', '1e308', '5e-324', `'Infinity'`, `'NaN'`, '9007199254740993']],
  ['money', [`'12.34'`, `'-92233720368547758.08'`]],
  ['boolean', ['true', 'false']],
  [
    'text',
    [
      `''`,
      `' '`,
      `E'tab\\tnew\\nline\\\\ "quoted" \\u2028'`,
      `'مرحبا 👋🏽 é'`,
      `chr(1) || chr(127)`,
      `'null'`,
    ],
  ],
  ['varchar(5)', [`'abc'`]],
  ['char(5)', [`'ab'`]],
  ['name', [`'pg_class'`]],
  ['"char"', [`'x'`, `''`]],
  ['bytea', [`''`, `'\\x00ff10'`]],
  ['date', [`'2026-02-28'`, `'infinity'`, `'4713-01-01 BC'`, `'5874897-12-31'`]],
  ['time', [`'24:00'`, `'23:59:59.999999'`]],
  ['timetz', [`'12:00+03'`]],
  ['timestamp', [`'2026-01-01 00:00:00.000001'`, `'-infinity'`]],
  ['timestamptz', [`'2026-01-01 12:00:00.5+03'`, `'infinity'`, `'0001-01-01 00:00 BC'`]],
  ['interval', [`'1 year 2 mons -3 days 04:05:06.789'`, `'0'`]],
  ['uuid', [`'00112233-4455-6677-8899-aabbccddeeff'`]],
  ['inet', [`'192.168.0.1/24'`, `'::1'`]],
  ['cidr', [`'10.0.0.0/8'`]],
  ['macaddr', [`'08:00:2b:01:02:03'`]],
  ['macaddr8', [`'08:00:2b:01:02:03:04:05'`]],
  ['bit(4)', [`B'1010'`]],
  ['bit varying', [`B''`, `B'101'`]],
  ['json', [`'null'`, `'{"b": 1,  "a": 1.10, "a": 2}'`, `'[1e5, "\\u00e9"]'`, `'9007199254740993'`]],
  ['jsonb', [`'null'`, `'{"n": 1.10, "m": null, "deep": [[{}]]}'`, `'"text"'`]],
  ['jsonpath', [`'$.a[*] ? (@ > 1)'`]],
  ['xml', [`'<a b="c">d &amp; e</a>'`, `''`]],
  ['tsvector', [`'a fat cat'`, `'a:1A b:2'::tsvector`]],
  ['tsquery', [`'fat & (rat | cat)'`]],
  ['point', [`'(1.5,-2)'`]],
  ['line', [`'{1,2,3}'`]],
  ['lseg', [`'[(1,2),(3,4)]'`]],
  ['box', [`'(3,4),(1,2)'`]],
  ['path', [`'[(1,2),(3,4)]'`, `'((1,2),(3,4))'`]],
  ['polygon', [`'((0,0),(1,1),(1,0))'`]],
  ['circle', [`'<(1,2),3>'`]],
  ['int[]', [`'{}'`, `'{1,NULL,3}'`, `'[2:3]={7,8}'`, `'{{1,2},{3,4}}'`]],
  ['text[]', [`ARRAY['', 'a,b', '{"x"}', NULL, 'NULL', E'\\\\']`]],
  ['numeric[]', [`'{1.10,NaN}'`]],
  ['timestamptz[]', [`ARRAY['2026-01-01 12:00+03'::timestamptz]`]],
  ['jsonb[]', [`ARRAY['{"a": 1}'::jsonb, 'null']`]],
  ['int4range', [`'[1,5)'`, `'empty'`, `'(,)'`]],
  ['numrange', [`'[1.10,2.20]'`]],
  ['tstzrange', [`'[2026-01-01 12:00+03,)'`]],
  ['daterange', [`'[2026-01-01,2026-01-02]'`]],
  ['int4multirange', [`'{[1,3),[5,7)}'`, `'{}'`], 14],
  ['datemultirange', [`'{[2026-01-01,2026-01-02)}'`], 14],
  ['oid', ['4294967295']],
  ['regclass', [`'pg_catalog.pg_class'`]],
  ['regproc', [`'pg_catalog.now'`]],
  ['pg_lsn', [`'16/B374D848'`]],
  ['xid8', [`'18446744073709551615'`]],
  ['tid', [`'(1,2)'`]],
  ['pg_snapshot', [`'10:20:10,14'`]],
  ['mood', [`'happy'`, `'so "so"'`]],
  ['positive', ['5']],
  ['address', [`ROW('x', NULL, 1.10)`, `ROW(NULL, NULL, NULL)`]],
  ['address[]', [`ARRAY[ROW('x', ARRAY[1], 2)::address]`]],
  ['nested', [`ROW(ROW('x', NULL, 1.10), 'happy')`]],
]

describeEachMajor('every type of column', async (database, major) => {
  await database.query(`
    CREATE TYPE mood AS ENUM ('happy', 'so "so"');
    CREATE DOMAIN positive AS numeric CHECK (VALUE > 0);
    CREATE TYPE address AS (street text, "No." int[], rate numeric);
    CREATE TYPE nested AS (at address, mood mood);
  `)
  const known = zoo.filter(([, , since]) => since === undefined || major >= since)

  test.each(known.map(([type, values], index) => [type, values, index] as const))(
    '%s is journalled and delivered as PostgreSQL prints it',
    async (type, values, index) => {
      const table = `zoo_${index}`
      await database.query(`
        CREATE TABLE ${table} (id int PRIMARY KEY, before text DEFAULT 'b', v ${type}, after text DEFAULT 'a');
        SELECT rtbridge.capture_table('${table}', '{id}');`)
      const rows = [...values, 'NULL'].map((value, id) => `(${id}, ${value})`).join(', ')
      const capture = await openTestCapture(database.url)
      const entries = await journalOf(database, async () => {
        await database.query(`INSERT INTO ${table} (id, v) VALUES ${rows}`)
        await database.query(`UPDATE ${table} SET after = before`)
        await database.query(`UPDATE ${table} SET v = v`)
      })
      const { rows: printed } = await database.query<{ text: string }>(
        `SELECT to_jsonb(t)::text AS text FROM ${table} t ORDER BY id`,
      )
      const texts = printed.map(({ text }) => text)
      expect(entries.filter(({ op }) => op === 'UPDATE').map(({ newRow }) => newRow)).toEqual(texts)
      const inserted = texts.map(text => text.replace(/"after": "b"/, '"after": "a"'))
      expect(entries.filter(({ op }) => op === 'INSERT').map(({ newRow }) => newRow)).toEqual(inserted)
      const changes = await capture.received(entries.length)
      expect(changes.map(({ oldRow, newRow, truncated }) => ({ oldRow, newRow, truncated }))).toEqual(
        entries.map(({ oldRow, newRow }) => ({ oldRow, newRow, truncated: false })),
      )
    },
  )

  test.each([
    ['of the session that wrote it where it is no key', 'id', '{"at": "2026-01-01T13:00:00+01:00", "id": 1}'],
    ['that is UTC for everybody where it is the key', 'at', '{"at": "2026-01-01T12:00:00+00:00", "id": 1}'],
  ])('a time with a zone is printed in the zone %s', async (_, key, row) => {
    const table = `moment_by_${key}`
    await database.query(`
      CREATE TABLE ${table} (id int, at timestamptz, PRIMARY KEY (${key}));
      SELECT rtbridge.capture_table('${table}', '{${key}}');`)
    const client = await openClient(database.url)
    await client.query(`SET TimeZone = 'Africa/Tunis'; SET DateStyle = 'German'`)
    const [entry] = await journalOf(database, () =>
      client.query(`INSERT INTO ${table} VALUES (1, '2026-01-01 12:00Z')`),
    )
    expect(entry?.newRow).toBe(row)
  })

  test('a row of 1,600 columns is journalled whole', async () => {
    const columns = Array.from({ length: 1_599 }, (_, i) => `c${i} int DEFAULT ${i}`).join(', ')
    await database.query(`
      CREATE TABLE wide (id int PRIMARY KEY, ${columns});
      SELECT rtbridge.capture_table('wide', '{id}');`)
    const [entry] = await journalOf(database, 'INSERT INTO wide VALUES (1)')
    expect(Object.keys(JSON.parse(entry?.newRow ?? '{}'))).toHaveLength(1_600)
  })
})
