import { beforeAll, expect, test } from 'vitest'
import { readSql } from '../../src/database/sql-file.ts'
import { describeEachMajor } from '../support/describe-each-major.ts'
import { openClient } from '../support/open-client.ts'
import { journalLines } from './journal-entries.ts'

describeEachMajor('the functions of a registration', async database => {
  async function functions(): Promise<string[]> {
    const { rows } = await database.query<{ name: string }>(
      `SELECT p.proname AS name FROM pg_proc p
       WHERE p.pronamespace = 'rtbridge'::regnamespace AND p.proname ~ '^capture_[0-9]' ORDER BY 1`,
    )
    return rows.map(({ name }) => name).filter(name => !canary.includes(name))
  }
  let canary: string[] = []
  beforeAll(async () => {
    canary = await functions()
  })
  async function capture(table: string, excluded = '{}'): Promise<number> {
    const sql = 'SELECT rtbridge.capture_table($1, $2, $3) AS id'
    const { rows } = await database.query<{ id: number }>(sql, [table, '{id}', excluded])
    return rows[0]?.id ?? 0
  }
  const of = (id: number) => ['delete', 'insert', 'update'].map(operation => `capture_${id}_${operation}`)

  test('go with its triggers, and with its table', async () => {
    await database.query('CREATE TABLE kept (id int PRIMARY KEY); CREATE TABLE gone (id int PRIMARY KEY)')
    const [kept, gone] = [await capture('kept'), await capture('gone')]
    expect(await functions()).toEqual([...of(kept), ...of(gone)])
    await database.query('DROP TABLE gone')
    const again = await capture('kept', '{note}')
    expect(await functions()).toEqual(of(again))
    await database.query(`SELECT rtbridge.release_table('kept')`)
    expect(await functions()).toEqual([])
  })

  test('stay while a partition of the table still has its triggers', async () => {
    await database.query(`
      CREATE TABLE sale (id int PRIMARY KEY) PARTITION BY RANGE (id);
      CREATE TABLE sale_low PARTITION OF sale FOR VALUES FROM (0) TO (10)`)
    await capture('sale')
    await capture('sale_low')
    expect(await journalLines(database, 'INSERT INTO sale VALUES (1)')).toHaveLength(2)
    await database.query(`SELECT rtbridge.release_table('sale_low')`)
    expect(await journalLines(database, 'INSERT INTO sale VALUES (2)')).toEqual(['INSERT sale {"id": 2}'])
    await database.query('DROP TABLE sale')
  })

  test('belong to the owner of the schema, whoever captures a table', async () => {
    const admin = await openClient(database.url)
    await admin.query(`CREATE ROLE other_admin SUPERUSER; SET ROLE other_admin`)
    await admin.query(
      `CREATE TABLE theirs (id int PRIMARY KEY); SELECT rtbridge.capture_table('theirs', '{id}'); RESET ROLE`,
    )
    const { rows } = await database.query(
      `SELECT DISTINCT p.proowner = n.nspowner AS ours FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
       WHERE n.nspname = 'rtbridge'`,
    )
    await admin.query('DROP TABLE theirs; DROP ROLE other_admin')
    expect(rows).toEqual([{ ours: true }])
  })

  test('have the rights they need when the schema belongs to another role than the journal', async () => {
    const role = `${database.name}_group`
    await database.query(`
      CREATE ROLE ${role}; ALTER SCHEMA rtbridge OWNER TO ${role};
      CREATE TABLE grouped (id int PRIMARY KEY)`)
    await capture('grouped')
    const writing = journalLines(database, 'INSERT INTO grouped VALUES (1)')
    await expect(writing).resolves.toEqual(['INSERT grouped {"id": 1}'])
    await database.query(`DROP TABLE grouped; ALTER SCHEMA rtbridge OWNER TO CURRENT_USER; DROP ROLE ${role}`)
  })

  test('let the owner of a partitioned table go on making and attaching partitions', async () => {
    const role = `${database.name}_host`
    const host = await openClient(database.url)
    await host.query(`
      CREATE ROLE ${role}; CREATE SCHEMA host AUTHORIZATION ${role}; SET ROLE ${role};
      CREATE TABLE host.tour (id int PRIMARY KEY) PARTITION BY RANGE (id)`)
    const id = await capture('host.tour')
    await database.query(`SELECT rtbridge.write_row_functions(${id})`)
    const work = `
      CREATE TABLE host.tour_low PARTITION OF host.tour FOR VALUES FROM (0) TO (10);
      CREATE TABLE host.tour_high (id int PRIMARY KEY);
      ALTER TABLE host.tour ATTACH PARTITION host.tour_high FOR VALUES FROM (10) TO (20);
      INSERT INTO host.tour VALUES (1), (11)`
    const lines = await journalLines(database, () => host.query(work))
    expect(lines).toEqual(['INSERT host.tour {"id": 1}', 'INSERT host.tour {"id": 11}'])
    await host.query(`RESET ROLE; DROP SCHEMA host CASCADE; DROP ROLE ${role}`)
  })

  test('let whoever becomes the owner of a partitioned table make partitions', async () => {
    const role = `${database.name}_heir`
    const heir = await openClient(database.url)
    await heir.query(`
      CREATE ROLE ${role}; CREATE SCHEMA heir AUTHORIZATION ${role};
      CREATE TABLE heir.tour (id int PRIMARY KEY) PARTITION BY RANGE (id)`)
    await capture('heir.tour')
    await heir.query(`ALTER TABLE heir.tour OWNER TO ${role}; SET ROLE ${role}`)
    const work = `
      CREATE TABLE heir.low PARTITION OF heir.tour FOR VALUES FROM (0) TO (10);
      INSERT INTO heir.tour VALUES (1)`
    expect(await journalLines(database, () => heir.query(work))).toEqual(['INSERT heir.tour {"id": 1}'])
    await heir.query(`RESET ROLE; DROP SCHEMA heir CASCADE; DROP ROLE ${role}`)
  })

  test('do nothing on a table that is not below the captured one', async () => {
    await database.query('CREATE TABLE line (id int PRIMARY KEY) PARTITION BY RANGE (id)')
    const id = await capture('line')
    const forge = `
      DROP TABLE IF EXISTS forged; CREATE TABLE forged (id int);
      CREATE TRIGGER t AFTER INSERT ON forged FOR EACH ROW EXECUTE FUNCTION rtbridge.capture_${id}_insert('${id}');
      INSERT INTO forged VALUES (666)`
    expect(await journalLines(database, forge)).toEqual([])
    // What a restore leaves: the table of this name has another oid than the registration says.
    await database.query(`
      DO $$ BEGIN EXECUTE replace(pg_get_functiondef('rtbridge.capture_${id}_insert'::regproc), 'line'::regclass::oid::text, '4000000000'); END $$;
      UPDATE rtbridge.captured_table SET relation = 4000000000 WHERE id = ${id};
      CREATE TABLE line_low PARTITION OF line FOR VALUES FROM (0) TO (10)`)
    expect(await journalLines(database, forge)).toEqual([])
    expect(await journalLines(database, 'INSERT INTO line VALUES (3)')).toEqual(['INSERT line {"id": 3}'])
    await database.query('DROP TABLE line')
    expect(await journalLines(database, forge)).toEqual([])
    await database.query('DROP TABLE forged')
  })

  test('are found to be unused in one look at all triggers, because a table is locked meanwhile', async () => {
    const client = await openClient(database.url)
    await client.query(`BEGIN; DO $$ BEGIN
      FOR i IN 1..30 LOOP
        EXECUTE format('CREATE TABLE many_%s (id int PRIMARY KEY)', i);
        PERFORM rtbridge.capture_table(format('many_%s', i)::regclass, '{id}');
      END LOOP;
    END $$`)
    const readTriggers = async () => {
      const { rows } = await client.query<{ read: string; all: string }>(
        `SELECT seq_tup_read AS read, (SELECT count(*) FROM pg_trigger) AS all
         FROM pg_stat_xact_sys_tables WHERE relname = 'pg_trigger'`,
      )
      return { read: Number(rows[0]?.read), all: Number(rows[0]?.all) }
    }
    const before = await readTriggers()
    await client.query('SELECT rtbridge.drop_unused_row_functions()')
    const after = await readTriggers()
    // One look of ours, one of the question itself.
    expect(after.read - before.read).toBeLessThanOrEqual(2 * after.all)
    await client.query('ROLLBACK')
  })

  test('can be made anew while a writer holds the table', async () => {
    await database.query('CREATE TABLE busy (id int PRIMARY KEY)')
    const id = await capture('busy')
    const writer = await openClient(database.url)
    await writer.query('BEGIN; INSERT INTO busy VALUES (1)')
    await database.query(
      `SET lock_timeout = '1ms'; SELECT rtbridge.write_row_functions(${id}); RESET lock_timeout`,
    )
    const lines = await journalLines(database, async () => {
      await writer.query('INSERT INTO busy VALUES (2); COMMIT')
    })
    expect(lines).toContain('INSERT busy {"id": 2}')
  })

  test.each([
    ['small', 0, `'text'`],
    ['small as stored, not as JSON', 30, 'NULL'],
    ['stored compressed', 0, `repeat('text', 2000)`],
    ['large', 0, `(SELECT string_agg(md5(n::text), '') FROM generate_series(1, 100) n)`],
  ])('make JSON of a row once: one that is %s', async (_, columns, body) => {
    const more = Array.from({ length: columns }, (_, nth) => `, a_column_with_a_long_name_no_${nth} int`)
    await database.query(`
      DROP TABLE IF EXISTS counted; DROP TYPE IF EXISTS counting CASCADE; DROP SEQUENCE IF EXISTS castings;
      CREATE SEQUENCE castings;
      CREATE TYPE counting AS ENUM ('one');
      CREATE FUNCTION to_json(counting) RETURNS json LANGUAGE sql
        AS $$ SELECT to_json(format('casting %s', nextval('castings'))) $$;
      CREATE CAST (counting AS json) WITH FUNCTION to_json(counting);
      CREATE TABLE counted (id int PRIMARY KEY, one counting, body text${more.join('')})`)
    await capture('counted')
    const work = `
      INSERT INTO counted VALUES (1, 'one', ${body});
      UPDATE counted SET id = 2;
      DELETE FROM counted`
    const lines = await journalLines(database, work)
    const castings = lines.flatMap(line => line.match(/casting \d/g) ?? [])
    expect(castings).toEqual(['casting 1', 'casting 2', 'casting 3', 'casting 4'])
  })

  test('are made anew by an upgrade that changes them', async () => {
    await database.query('CREATE TABLE older (id int PRIMARY KEY)')
    const id = await capture('older')
    await database.query(`
      CREATE OR REPLACE FUNCTION rtbridge.capture_${id}_insert() RETURNS trigger LANGUAGE plpgsql
      AS 'BEGIN RETURN NULL; END'`)
    await database.query(
      `BEGIN; SET LOCAL search_path = pg_catalog; ${readSql('install/0017_no_condition.sql')}; COMMIT`,
    )
    expect(await journalLines(database, 'INSERT INTO older VALUES (1)')).toEqual(['INSERT older {"id": 1}'])
  })

  test('take column names for nothing but names', async () => {
    const names = [
      '@row',
      '@image',
      '{op}',
      '{most}',
      '%1$L',
      '%',
      `'); DROP TABLE odd; --`,
      '$template$',
      '\\',
    ]
    const columns = names.map(name => `"${name}" text`).join(', ')
    await database.query(`CREATE TABLE odd (id int PRIMARY KEY, ${columns})`)
    const { rows } = await database.query<{ all: string }>('SELECT $1::text[]::text AS all', [names])
    await capture('odd', rows[0]?.all)
    const insert = `INSERT INTO odd VALUES (1, ${names.map(() => `'secret'`).join(', ')})`
    expect(await journalLines(database, insert)).toEqual(['INSERT odd {"id": 1}'])
  })

  test('take the names of key columns for nothing but names', async () => {
    const key = `%2$L '{id}' "@row"`
    await database.query(`CREATE TABLE keyed (${quote(key)} int PRIMARY KEY, note text)`)
    await database.query(`SELECT rtbridge.capture_table('keyed', $1, '{}', 256)`, [[key]])
    const lines = await journalLines(database, `INSERT INTO keyed VALUES (7, repeat('long', 5000))`)
    expect(lines).toEqual([expect.stringContaining(`${JSON.stringify(key)}: 7}`)])
  })
})

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
