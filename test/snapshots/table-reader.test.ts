import { expect, onTestFinished, test } from 'vitest'
import { identifyHistory, incarnationOf } from '../../src/capture/incarnation.ts'
import { openConnection } from '../../src/database/connection.ts'
import { sees } from '../../src/domain/snapshot.ts'
import type { TableView } from '../../src/domain/table-rows.ts'
import { rowKey } from '../../src/expressions/row-key.ts'
import { TableReader } from '../../src/snapshots/table-reader.ts'
import { adminOptions } from '../support/capture-fixture.ts'
import { openClient } from '../support/open-client.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'
import { allRows, openTables } from './open-tables.ts'

const database = await createTestDatabase()
const { query } = database
await query(`
  CREATE TYPE mood AS ENUM ('sad', 'ok');
  CREATE TYPE pair AS (a int, b json);
  CREATE DOMAIN positive AS numeric CHECK (VALUE > 0);
  CREATE TABLE zoo (
    id bigint PRIMARY KEY, small smallint, amount numeric, ratio float8, single real, flag boolean, name text, short varchar(20),
    fixed char(5), code uuid, day date, at timestamp, moment timestamptz, span interval, bits bytea, doc jsonb, raw json,
    list int[], texts text[], feeling mood, composite pair, price positive, ip inet, kinds mood[], secret text, "t" int, "?" int,
    "a.b" int, "x[1]" int, "q""q" int, "b\\s" int);
  CREATE TABLE plain (id int PRIMARY KEY, name text);
  CREATE TABLE below () INHERITS (plain);
  CREATE TABLE parts (id int, region text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
  CREATE TABLE parts_a PARTITION OF parts FOR VALUES IN ('a');
  CREATE TABLE parts_b PARTITION OF parts FOR VALUES IN ('b');
  CREATE TABLE keyless (name text);
  CREATE SCHEMA sales;
  CREATE TABLE sales."Odd ? ""Name""" (id int PRIMARY KEY, "what?" text);
`)
const yaml = `
journal: { max_row: 1KiB }
tables:
  zoo: { exclude: [secret] }
  plain: {}
  parts: {}
  keyless: {}
  sales.*: {}
`
await installTables(database, yaml)
const known = await openConnection(adminOptions(database.url), 'test')
const { incarnation } = await identifyHistory(known)
await known.close()

/** What the journal says of each row that was inserted: key → text and whether it was truncated. */
async function journalled(table: string): Promise<Map<string, { text: string; truncated: boolean }>> {
  const { rows } = await query<{ row: string; truncated: boolean }>(
    `SELECT j.new_row::text AS row, j.truncated FROM rtbridge.journal j
     JOIN rtbridge.captured_table t ON t.id = j.table_id WHERE t.table_name = $1 AND j.op = 'I'`,
    [table],
  )
  return new Map(
    rows.map(({ row, truncated }) => [rowKey(row, ['id']) ?? '', { text: row, truncated }] as const),
  )
}

test('a row is exactly what its trigger journals, whatever its type', async () => {
  await query(`INSERT INTO zoo (id, small, amount, ratio, single, flag, name, short, fixed, code, day, at, moment, span, bits, doc,
      raw, list, texts, feeling, composite, price, ip, kinds, secret, t, "?", "a.b", "x[1]", "q""q", "b\\s")
    VALUES (9007199254740993, -1, 10.10, 0.1, 3.4028235e38, true, 'سيارة 🚗 "quoted" \\ back', 'a', 'ab',
      '01234567-89ab-cdef-0123-456789abcdef', '0044-03-15 BC', '2026-01-02 03:04:05.678901', 'infinity', '1 mon -2 days', '\\x00ff',
      '{"b": 1.50, "a": [1e400]}', '{"z": 1, "a": 2.0}', '{1,NULL,3}', '{"a,b",NULL}', 'ok', ROW(1, '{"x":1}'), 1.00,
      '10.0.0.0/8', '{sad,ok}', 'CANARY', 1, 2, 3, 4, 5, 6)`)
  await query(`INSERT INTO zoo (id) VALUES (1)`)
  await query(
    `INSERT INTO zoo (id, amount, ratio) VALUES (2, 'NaN', 'NaN'), (3, 1e500, '-Infinity'), (4, 1e-500, 5e-324)`,
  )
  // What jsonb cannot express, and what is too big: stored, as an image, and only when it is printed.
  await query(`INSERT INTO zoo (id, raw) VALUES (5, '"\\u0000"'), (6, '"\\\\u0000"'), (7, '"\\ud800"')`)
  await query(`INSERT INTO zoo (id, composite) VALUES (8, ROW(1, '"\\u0000"'))`)
  await query(
    `INSERT INTO zoo (id, name) VALUES (9, repeat('x', 900)), (10, repeat('x', 5000)), (11, repeat('x', 600000))`,
  )
  await query(`INSERT INTO zoo (id, amount) VALUES (12, 1e131071)`)
  await query(`INSERT INTO zoo (id, secret) VALUES (13, repeat('CANARY', 1000))`)
  await query(
    `INSERT INTO zoo (id, name) SELECT 100 + n, repeat(chr(40 + n % 80), 580 + n * 3) FROM generate_series(1, 60) n`,
  )
  const { read } = openTables(database.url)
  const rows = await read(allRows('zoo'))
  const expected = await journalled('zoo')
  expect(rows.length).toBe(expected.size)
  for (const { text, truncated } of rows) {
    expect({ text, truncated }).toEqual(expected.get(rowKey(text, ['id']) ?? ''))
  }
  expect(rows.filter(({ truncated }) => truncated).length).toBeGreaterThan(4)
  expect(rows.filter(({ truncated }) => !truncated).length).toBeGreaterThan(10)
  expect(JSON.stringify(rows)).not.toContain('CANARY')
  const sorted = await read(allRows('zoo', { orderBy: [] }))
  expect(new Set(sorted.map(({ text }) => text))).toEqual(new Set(rows.map(({ text }) => text)))
})

test('only the rows that the triggers see are read', async () => {
  await query(`INSERT INTO plain VALUES (1, 'own'); INSERT INTO below VALUES (2, 'child')`)
  await query(`INSERT INTO parts VALUES (1, 'a'), (2, 'b')`)
  const { read, tables } = openTables(database.url)
  expect((await read(allRows('plain'))).map(({ text }) => text)).toEqual(['{"id": 1, "name": "own"}'])
  expect((await read(allRows('parts'))).length).toBe(2)
  const open = await tables.open(allRows('parts'), new AbortController().signal)
  expect(open).toMatchObject({ partitioned: true, table: { keyColumns: ['id', 'region'] } })
  await open.close()
})

test('names are names, whatever is in them', async () => {
  const name = 'sales.Odd ? "Name"'
  await query(`INSERT INTO sales."Odd ? ""Name""" VALUES (1, 'b'), (2, 'a'), (3, NULL)`)
  const { read } = openTables(database.url)
  const where = { kind: 'compare', column: 'what?', op: '>=', value: 'a' } as const
  const rows = await read(
    allRows(name, { orderBy: [{ column: 'what?', direction: 'asc', nulls: null }], where }),
  )
  expect(rows.map(({ text }) => rowKey(text, ['id']))).toEqual(['2', '1'])
  for (const column of ['t', '?', 'a.b', 'x[1]', 'q"q', 'b\\s']) {
    const orderBy = [{ column, direction: 'desc', nulls: 'last' } as const]
    expect(rowKey((await read(allRows('zoo', { orderBy })))[0]?.text ?? '', ['id'])).toBe('9007199254740993')
  }
})

test('texts are in order of their code points, nulls where they are wanted, and the key decides', async () => {
  await query(`TRUNCATE zoo; INSERT INTO zoo (id, name, fixed) VALUES (1, 'b', 'b'), (2, 'B', 'a'), (3, 'é', 'a'), (4, NULL, NULL), (5, 'b', 'b'),
    (6, '😀', E'a\\x01')`)
  const { read } = openTables(database.url)
  const ids = async (column: string, direction: 'asc' | 'desc', nulls: 'first' | 'last' | null) =>
    (await read(allRows('zoo', { orderBy: [{ column, direction, nulls }] }))).map(({ text }) =>
      rowKey(text, ['id']),
    )
  expect(await ids('name', 'asc', null)).toEqual(['2', '1', '5', '3', '6', '4'])
  expect(await ids('name', 'desc', null)).toEqual(['4', '6', '3', '1', '5', '2'])
  expect(await ids('name', 'asc', 'first')).toEqual(['4', '2', '1', '5', '3', '6'])
  expect(await ids('fixed', 'asc', null)).toEqual(['6', '2', '3', '1', '5', '4'])
})

test('what cannot be read is refused, and tells nothing of what is kept from who asks', async () => {
  const { tables } = openTables(database.url)
  const view: TableView = { hidden: ['amount'], partlyHidden: ['amount', 'name'], isWhole: false }
  const failure = async (table: string, more = {}) => {
    const error = await tables
      .open(allRows(table, more), new AbortController().signal)
      .catch(thrown => thrown)
    return `${error.code} ${error.hint}`
  }
  expect(await failure('zo')).toBe('RTB_SNAPSHOT_TABLE did you mean "zoo"?')
  expect(await failure('zoo', { view: () => null })).not.toContain('zoo"')
  expect(await failure('rtbridge.canary')).toContain('RTB_SNAPSHOT_TABLE')
  expect(await failure('z\0o')).toContain('RTB_SNAPSHOT_TABLE')
  expect(await failure('zoo"; DROP TABLE zoo; --')).toContain('RTB_SNAPSHOT_TABLE')
  expect(await failure('keyless')).toContain('RTB_SNAPSHOT_KEY')
  expect(await failure('zoo', { columns: ['nmae'] })).toBe('RTB_SNAPSHOT_COLUMN did you mean "name"?')
  const orderBy = (column: string) => ({ orderBy: [{ column, direction: 'asc', nulls: null }] })
  for (const column of ['secret', 'secre', '"; DROP TABLE zoo; --']) {
    expect(await failure('zoo', { columns: [column] })).not.toContain('"secret"')
    expect(await failure('zoo', orderBy(column))).toMatch(/RTB_SNAPSHOT_COLUMN (?!.*secret)/)
  }
  for (const column of ['ratio', 'single', 'doc', 'list', 'feeling', 'span']) {
    expect(await failure('zoo', orderBy(column))).toContain('RTB_SNAPSHOT_ORDER')
  }
  expect(await failure('zoo', { view: () => view, columns: ['amount'] })).toContain('RTB_SNAPSHOT_COLUMN')
  expect(await failure('zoo', { view: () => view, ...orderBy('name') })).toContain('RTB_SNAPSHOT_COLUMN')
})

test('a table that changes is read as it is each time', async () => {
  await query('CREATE TABLE moving (id int PRIMARY KEY, a int, b int)')
  const capture = (excluded: string) =>
    query(`SELECT rtbridge.capture_table('moving', '{id}', '${excluded}')`)
  await capture('{}')
  await query('INSERT INTO moving VALUES (1, 2, 3)')
  const { read } = openTables(database.url)
  const texts = async () => (await read(allRows('moving'))).map(({ text }) => text)
  expect(await texts()).toEqual(['{"a": 2, "b": 3, "id": 1}'])
  await query('ALTER TABLE moving DROP COLUMN a, ADD COLUMN c text DEFAULT $$x$$, ALTER COLUMN b TYPE text')
  expect(await texts()).toEqual(['{"b": "3", "c": "x", "id": 1}'])
  await capture('{b}')
  expect(await texts()).toEqual(['{"c": "x", "id": 1}'])
  // A former setting is a registration that exists already: the newest is not the one that counts.
  await capture('{}')
  expect(await texts()).toEqual(['{"b": "3", "c": "x", "id": 1}'])
  await query('ALTER TABLE moving RENAME TO moved')
  expect(await texts()).toEqual(['{"b": "3", "c": "x", "id": 1}'])
})

test('the moment is one of this history', async () => {
  const { tables } = openTables(database.url)
  const open = await tables.open(allRows('plain'), new AbortController().signal)
  expect(open.cursor).toMatchObject({ incarnation, inBatch: null })
  await open.close()
})

test('a read that is given up frees its session at once, here and in the database', async () => {
  await query('CREATE TABLE many (id int PRIMARY KEY, name text)')
  await query(`SELECT rtbridge.capture_table('many', '{id}')`)
  await query(`INSERT INTO many SELECT n, repeat('x', 100) FROM generate_series(1, 20000) n`)
  const { tables, pool } = openTables(database.url, {}, 1)
  const abort = new AbortController()
  const open = await tables.open(allRows('many', { orderBy: [] }), abort.signal)
  await open.read()
  abort.abort()
  await expect(pool.query('SELECT 1')).resolves.toHaveLength(1)
  await expect(open.read()).rejects.toMatchObject({ code: 'RTB_DATABASE_LOST' })
})

test('nothing is given out before it is on disk', async () => {
  const writer = await openClient(database.url)
  await writer.query('SET synchronous_commit = off')
  const rounds = 20
  const unsafe = async (fence: boolean) => {
    const { tables } = openTables(database.url, { fence })
    let count = 0
    for (let round = 0; round < rounds; round++) {
      await writer.query(`UPDATE plain SET name = 'n' || random() WHERE id = 1`)
      const { rows } = await writer.query('SELECT pg_current_wal_insert_lsn()::text AS lsn')
      const open = await tables.open(allRows('plain'), new AbortController().signal)
      const flushed = await query<{ ok: boolean }>('SELECT pg_current_wal_flush_lsn() >= $1::pg_lsn AS ok', [
        rows[0].lsn,
      ])
      if (flushed.rows[0]?.ok !== true) count++
      await open.close()
    }
    return count
  }
  expect(await unsafe(true)).toBe(0)
  // The test would notice.
  expect(await unsafe(false)).toBeGreaterThan(0)
})

test('what the role of the hub may not read, or not all of, is refused', async () => {
  await query(`CREATE ROLE reader_of_live LOGIN PASSWORD 'x'`)
  onTestFinished(async () => {
    await query('DROP OWNED BY reader_of_live; DROP ROLE reader_of_live')
  })
  const url = database.urlAs('reader_of_live', 'x')
  await query(`
    GRANT SELECT ON rtbridge.captured_table, rtbridge.installation, rtbridge.server_run TO reader_of_live;
    GRANT SELECT ON zoo TO reader_of_live;
    CREATE TABLE guarded (id int PRIMARY KEY, name text); INSERT INTO guarded VALUES (1, 'a');
    SELECT rtbridge.capture_table('guarded', '{id}');
    GRANT SELECT ON guarded TO reader_of_live`)
  const { read } = openTables(url)
  expect((await read(allRows('guarded'))).length).toBe(1)
  await expect(read(allRows('plain'))).rejects.toMatchObject({ code: 'RTB_SNAPSHOT_UNREADABLE' })
  await query('ALTER TABLE guarded ENABLE ROW LEVEL SECURITY')
  await expect(read(allRows('guarded'))).rejects.toMatchObject({ code: 'RTB_SNAPSHOT_UNREADABLE' })
})

test('a column that is left out from now on does not come, though it was asked for a moment before', async () => {
  await query(`CREATE TABLE shy (id int PRIMARY KEY, a text, b text); INSERT INTO shy VALUES (1, 'a', 'CANARY');
    SELECT rtbridge.capture_table('shy', '{id}')`)
  const { pool, errands } = openTables(database.url)
  let isChanged = false
  const tables = new TableReader({
    errands,
    incarnationOf,
    pool: {
      ...pool,
      query: async (sql, values) => {
        const rows = await pool.query(sql, values)
        if (!isChanged) await query(`SELECT rtbridge.capture_table('shy', '{id}', '{b}')`)
        isChanged = true
        return rows
      },
    },
  })
  const open = await tables.open(allRows('shy'), new AbortController().signal)
  expect(isChanged).toBe(true)
  expect(open.columns.map(({ name }) => name)).toEqual(['id', 'a'])
  expect((await open.read()).map(({ text }) => text)).toEqual(['{"a": "a", "id": 1}'])
  await open.close()
})

test('a TRUNCATE that the read had to wait for is one that it sees', async () => {
  await query(`TRUNCATE plain; INSERT INTO plain VALUES (1, 'before')`)
  const writer = await openClient(database.url)
  await writer.query(`BEGIN; TRUNCATE plain; INSERT INTO plain VALUES (2, 'after')`)
  const { rows } = await writer.query('SELECT pg_current_xact_id()::text AS xid')
  const { tables } = openTables(database.url)
  const opening = tables.open(allRows('plain'), new AbortController().signal)
  await waitFor(isWaiting)
  await writer.query('COMMIT')
  const open = await opening
  expect((await open.read()).map(({ text }) => text)).toEqual(['{"id": 2, "name": "after"}'])
  expect(sees(open.cursor.snapshot, BigInt(rows[0].xid))).toBe(true)
  await open.close()
})

test('a read that waits in the database is ended there when nobody wants it any more', async () => {
  const writer = await openClient(database.url)
  await writer.query('BEGIN; LOCK TABLE plain')
  const { tables, pool } = openTables(database.url, {}, 1)
  const abort = new AbortController()
  const opening = tables.open(allRows('plain'), abort.signal)
  opening.catch(() => {})
  await waitFor(isWaiting)
  abort.abort()
  await expect(opening).rejects.toMatchObject({ code: expect.stringContaining('RTB_DATABASE_') })
  await waitFor(async () => !(await isWaiting()))
  await expect(pool.query('SELECT 1')).resolves.toHaveLength(1)
  await writer.query('ROLLBACK')
})

/** Whether a read waits for a lock. */
async function isWaiting(): Promise<boolean> {
  const { rows } = await query(
    `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND application_name = 'rtbridge pool'`,
  )
  return rows.length > 0
}

test('a read ends for who waits for the table, and so for all who write behind him', async () => {
  await query(`
    CREATE TABLE busy (id int PRIMARY KEY, name text);
    INSERT INTO busy SELECT n, 'x' FROM generate_series(1, 3000) n`)
  await installTables(database, `${yaml}  busy: {}\n`)
  const { tables, pool, read } = openTables(database.url)
  const open = await tables.open(allRows('busy'), new AbortController().signal)
  onTestFinished(() => open.close())
  expect(await open.read()).not.toEqual([])
  // Who takes the rows is slow: both would wait for him.
  await query('TRUNCATE busy')
  await query(`INSERT INTO busy VALUES (1, 'new')`)
  await expect(open.read()).rejects.toMatchObject({ code: 'RTB_SNAPSHOT_IN_THE_WAY' })
  await open.close()
  expect(await read(allRows('busy'))).toHaveLength(1)
  expect(await pool.query('SELECT 1 AS one')).toEqual([{ one: '1' }])
})
