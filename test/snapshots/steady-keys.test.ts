import { expect, test } from 'vitest'
import { identifyHistory } from '../../src/capture/incarnation.ts'
import { openConnection } from '../../src/database/connection.ts'
import { readSql } from '../../src/database/sql-file.ts'
import { rowKey } from '../../src/expressions/row-key.ts'
import { adminOptions } from '../support/capture-fixture.ts'
import { openClient } from '../support/open-client.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { installTables } from '../support/wasla-database.ts'
import { allRows, openTables } from './open-tables.ts'

/** Types that a session prints as it likes, each with a value. */
const keys = {
  timestamptz: `'2026-01-02 03:04:05.678+00'`,
  tstzrange: `'[2026-01-02 03:04:05+00,2026-01-03 00:00:00+00)'`,
  daterange: `'[2026-01-02,2026-01-04)'`,
  interval: `'1 year 2 mons 3 days 04:05:06'`,
  bytea: `'\\x00ff41'`,
  float8: `0.1::float8 + 0.2`,
  float4: `16777217.0 / 3`,
  money: `1234.5`,
  regclass: `'public.shown'`,
  'timestamptz[]': `ARRAY['2026-01-02 03:04:05+00'::timestamptz]`,
  moment: `'2026-01-02 03:04:05+00'`,
  pair: `ROW('2026-01-02 03:04:05+00', '1 day 01:00')`,
}
/** And some that are printed in one way. */
const plainKeys = { date: `'2026-01-02'`, timestamp: `'2026-01-02 03:04:05'`, numeric: '1.50', mood: `'ok'` }

const settings = [
  `TimeZone = 'Asia/Riyadh'; SET DateStyle = 'German'; SET IntervalStyle = 'iso_8601'; SET bytea_output = 'escape';
   SET extra_float_digits = 0; SET search_path = public`,
  `TimeZone = 'America/New_York'; SET DateStyle = 'SQL, DMY'; SET IntervalStyle = 'sql_standard'; SET extra_float_digits = -5`,
]

test('a row has one key, whatever the settings of its writers, of its reader and of the database', async () => {
  const database = await createTestDatabase()
  await database.query(`
    CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE DOMAIN moment AS timestamptz;
    CREATE TYPE pair AS (at timestamptz, took interval);
    CREATE TABLE shown (id int PRIMARY KEY)`)
  const types = Object.entries({ ...keys, ...plainKeys })
  for (const [at, [type]] of types.entries())
    await database.query(`CREATE TABLE keyed_${at} (id ${type} PRIMARY KEY, note text)`)
  await database.query(`
    ALTER DATABASE "${database.name}" SET IntervalStyle = 'postgres_verbose';
    ALTER DATABASE "${database.name}" SET bytea_output = 'escape';
    ALTER DATABASE "${database.name}" SET extra_float_digits = 0`)
  await installTables(database, 'tables: { "*": {} }')
  const known = await openConnection(adminOptions(database.url), 'test')
  // What installs and what looks at it agree, for every type.
  const registered = await known.query(readSql('query/list_registrations.sql'))
  expect(registered.filter(({ misprinted }) => misprinted !== 'f')).toEqual([])
  await identifyHistory(known)
  await known.close()
  for (const [at, [, value]] of types.entries()) {
    for (const each of settings) {
      const writer = await openClient(database.url)
      await writer.query(`SET ${each}`)
      await writer.query(
        `INSERT INTO public.keyed_${at} VALUES (${value}, 'a') ON CONFLICT (id) DO UPDATE SET note = 'b'`,
      )
    }
  }
  const { read } = openTables(database.url)
  for (const [at, [type]] of types.entries()) {
    const { rows } = await database.query<{ old: string | null; new: string }>(
      `SELECT j.old_row::text AS old, j.new_row::text AS new FROM rtbridge.journal j
       JOIN rtbridge.captured_table t ON t.id = j.table_id WHERE t.table_name = 'keyed_${at}' ORDER BY j.seq`,
    )
    const written = rows.flatMap(row => [row.new, row.old]).filter(row => row !== null)
    const seen = await read(allRows(`keyed_${at}`))
    expect(written).toHaveLength(3)
    const ids = new Set([...written, ...seen.map(({ text }) => text)].map(text => rowKey(text, ['id'])))
    expect({ type, ids: [...ids] }).toEqual({ type, ids: [expect.any(String)] })
  }
})

test('only functions of tables with such a key have settings of their own', async () => {
  const database = await createTestDatabase()
  await database.query(`
    CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE TABLE plain (a int, b mood, c date, at timestamptz, PRIMARY KEY (a, b, c));
    CREATE TABLE moments (a int, at timestamptz, PRIMARY KEY (a, at))`)
  await installTables(database, 'tables: { "*": {} }')
  const { rows } = await database.query(
    `SELECT DISTINCT t.table_name AS name, p.proconfig IS NOT NULL AS settings FROM rtbridge.captured_table t
     JOIN pg_proc p ON p.proname ~ ('^capture_' || t.id || '_(insert|update|delete)$')
     WHERE t.schema_name = 'public' ORDER BY 1`,
  )
  expect(rows).toEqual([
    { name: 'moments', settings: true },
    { name: 'plain', settings: false },
  ])
})
