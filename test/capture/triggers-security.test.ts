import { expect, test } from 'vitest'
import { describeEachMajor } from '../support/describe-each-major.ts'
import { openClient } from '../support/open-client.ts'
import { createPlainRole } from '../support/plain-role.ts'
import { waitFor } from '../support/wait-for.ts'
import { journalLines, journalOf } from './journal-entries.ts'

describeEachMajor('a role without any right on rtbridge', async database => {
  const role = await createPlainRole(database, 'app')
  await database.query(`
    CREATE TABLE booking (id int PRIMARY KEY, note text, pin text, doc json);
    SELECT rtbridge.capture_table('booking', '{id}', '{pin}', 256);
    GRANT ALL ON booking TO ${role.name};
    CREATE SCHEMA hostile AUTHORIZATION ${role.name};
    CREATE TABLE confession (said text);
    GRANT ALL ON confession TO ${role.name};
  `)

  /** A session of the role whose search_path starts with its own schema. */
  async function openHostile() {
    const client = await openClient(role.url)
    await client.query('SET search_path = hostile, pg_temp, pg_catalog, public')
    return client
  }

  test.each([
    ['read the journal', 'SELECT * FROM rtbridge.journal'],
    ['read the registrations', 'SELECT * FROM rtbridge.captured_table'],
    ['write to the journal', `INSERT INTO rtbridge.journal (table_id, op) VALUES (1, 'I')`],
    ['delete from the journal', 'DELETE FROM rtbridge.journal'],
    ['move the sequence of the journal', `SELECT setval('rtbridge.journal_seq_seq', 1)`],
    ['change the retention', `UPDATE rtbridge.retention SET keep = '0'`],
    ['prune', 'SELECT rtbridge.prune(1000)'],
    ['prune through the guard', 'SELECT rtbridge.prune_from_trigger()'],
    ['ring the bell through our function', 'SELECT rtbridge.ring_if_asleep()'],
    ['learn the size of the journal', 'SELECT rtbridge.journal_bytes()'],
    ['capture a table', `SELECT rtbridge.capture_table('booking', '{id}')`],
    ['release a table', `SELECT rtbridge.release_table('booking')`],
    ['make an object in our schema', 'CREATE TABLE rtbridge.mine (n int)'],
  ])('cannot %s', async (_, sql) => {
    const client = await openClient(role.url)
    await expect(client.query(sql)).rejects.toMatchObject({ code: '42501' })
  })

  test.each([
    ['capture_1_insert', 'INSERT ON forged FOR EACH ROW'],
    ['capture_truncate', 'TRUNCATE ON forged'],
  ])('cannot attach %s to a table of its own', async (name, level) => {
    const client = await openClient(role.url)
    await client.query('CREATE TEMP TABLE forged (id int)')
    const sql = `CREATE TRIGGER t AFTER ${level} EXECUTE FUNCTION rtbridge.${name}('1')`
    await expect(client.query(sql)).rejects.toMatchObject({ code: '42501' })
  })

  test('writes to captured tables all the same', async () => {
    const client = await openClient(role.url)
    const lines = await journalLines(database, async () => {
      await client.query(`INSERT INTO booking VALUES (1, 'a')`)
      await client.query(`UPDATE booking SET note = 'b'`)
      await client.query('DELETE FROM booking')
      await client.query('TRUNCATE booking')
    })
    expect(lines).toEqual([
      'INSERT booking {"id": 1, "doc": null, "note": "a"}',
      'UPDATE booking {"id": 1, "doc": null, "note": "a"} -> {"id": 1, "doc": null, "note": "b"}',
      'DELETE booking {"id": 1, "doc": null, "note": "b"}',
      'TRUNCATE booking',
    ])
  })

  test('cannot put functions, operators or types of its own in place of those the triggers use', async () => {
    const client = await openHostile()
    for (const name of shadowedFunctions) await client.query(shadowFunction(name))
    for (const sql of [...shadowedOperators.map(shadowOperator), ...shadowedTypes.map(shadowType)]) {
      await client.query(sql)
    }
    const entries = await journalOf(database, async () => {
      await client.query(`SET rtbridge.origin = 'me'`)
      await client.query(`INSERT INTO public.booking VALUES (7, 'a', 'secret')`)
      await client.query(`UPDATE public.booking SET note = 'b'`)
      await client.query(`UPDATE public.booking SET pin = 'other'`)
      await client.query(`UPDATE public.booking SET doc = '"\\u0000"'`)
      await client.query(`UPDATE public.booking SET doc = NULL, note = repeat('b', 2000)`)
      await client.query('TRUNCATE public.booking')
      await client.query(`SELECT rtbridge.publish('HELLO', '{"n": 1}'::pg_catalog.jsonb)`)
    })
    expect(entries.map(({ op, truncated, origin, newRow }) => [op, truncated, origin, newRow])).toEqual([
      ['INSERT', false, 'me', '{"id": 7, "doc": null, "note": "a"}'],
      ['UPDATE', false, 'me', '{"id": 7, "doc": null, "note": "b"}'],
      ['UPDATE', true, 'me', '{"id": 7}'],
      ['UPDATE', true, 'me', '{"id": 7}'],
      ['TRUNCATE', false, 'me', null],
      ['PUBLISH', false, 'me', '{"data": {"n": 1}, "room": null, "event_type": "HELLO"}'],
    ])
    expect(await confessions()).toEqual([])
    await client.query('DROP OWNED BY CURRENT_USER')
    await regrant()
  })

  test('cannot run code as us through temporary objects when the guard prunes', async () => {
    const client = await openHostile()
    await client.query(shadowFunction('witness', 'anyelement', 'bool'))
    for (const type of ['text', 'xid8', 'timestamptz', 'regclass', 'jsonb']) {
      await client.query(`CREATE DOMAIN pg_temp.${type} AS pg_catalog.${type} CHECK (hostile.witness(VALUE))`)
    }
    for (const table of ['journal', 'retention', 'captured_table']) {
      await client.query(`CREATE TEMP TABLE ${table} (keep pg_catalog.interval, seq pg_catalog.int8)`)
    }
    await database.query(`UPDATE rtbridge.retention SET keep = '-2 hours'`)
    let inserted = 0
    await waitFor(async () => {
      await client.query(
        `INSERT INTO public.booking SELECT i, 'x' FROM pg_catalog.generate_series($1::pg_catalog.int4, $1 + 999) i`,
        [10_000 + inserted],
      )
      inserted += 1_000
      const { rows } = await database.query<{ count: string }>(
        `SELECT count(*) FROM rtbridge.journal WHERE (new_row ->> 'id')::int >= 10000`,
      )
      return Number(rows[0]?.count) < inserted
    })
    expect(await confessions()).toEqual([])
    await client.query('DROP OWNED BY CURRENT_USER')
    await regrant()
  })

  test('cannot have a function called in place of a key column that was renamed', async () => {
    const client = await openHostile()
    await database.query(`
      CREATE TABLE renamed (code int PRIMARY KEY, note text);
      SELECT rtbridge.capture_table('renamed', '{code}', '{}', 256);
      ALTER TABLE renamed RENAME code TO number;
      GRANT ALL ON renamed TO ${role.name};
    `)
    await client.query(shadowFunction('code', 'public.renamed', 'int4'))
    const lines = await journalLines(database, () =>
      client.query(`INSERT INTO public.renamed VALUES (1, repeat('x', 1000))`),
    )
    expect(lines).toEqual(['INSERT renamed (truncated)'])
    expect(await confessions()).toEqual([])
    await client.query('DROP OWNED BY CURRENT_USER')
    await regrant()
  })

  async function confessions(): Promise<unknown[]> {
    return (await database.query('SELECT DISTINCT said FROM confession')).rows
  }

  /** DROP OWNED takes the grants, too. */
  async function regrant(): Promise<void> {
    await database.query(`
      GRANT ALL ON booking, confession TO ${role.name};
      CREATE SCHEMA IF NOT EXISTS hostile AUTHORIZATION ${role.name};
    `)
  }

  /** A function that writes down as whom it was run; only our owner's name would be a confession. */
  function shadowFunction(name: string, argument = 'anyelement', result = 'anyelement'): string {
    const answer = result === 'bool' ? 'true' : result === 'int4' ? '0' : '$1'
    return `CREATE FUNCTION hostile.${name}(${argument}) RETURNS ${result} LANGUAGE plpgsql AS $$ BEGIN
      IF current_user OPERATOR(pg_catalog.<>) '${role.name}' THEN
        INSERT INTO public.confession VALUES ('${name} ran as ' OPERATOR(pg_catalog.||) current_user);
      END IF;
      RETURN ${answer}; END $$`
  }
})

const shadowedFunctions = [
  'pg_column_size',
  'to_jsonb',
  'current_setting',
  'jsonb_build_object',
  'capture_1_insert',
  'capture_truncate',
  'prune_from_trigger',
  'ring_if_asleep',
  'pg_try_advisory_xact_lock_shared',
  'pg_current_xact_id',
  'clock_timestamp',
  'length',
  'left',
  'octet_length',
  'pg_notify',
]

const shadowedOperators = [
  ['<=', 'int4', 'int4'],
  ['=', 'int4', 'int4'],
  ['>', 'int4', 'int4'],
  ['>', 'int8', 'int4'],
  ['=', 'text', 'text'],
  ['<>', 'text', 'text'],
  ['-', 'jsonb', 'text[]'],
  ['%', 'int8', 'int4'],
  ['!~', 'text', 'text'],
] as const

function shadowOperator([operator, left, right]: (typeof shadowedOperators)[number]): string {
  const name = `op_${shadowedOperators.findIndex(entry => entry[0] === operator && entry[1] === left)}`
  return `CREATE FUNCTION hostile.${name}(pg_catalog.${left}, pg_catalog.${right}) RETURNS bool LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'hijacked'; END $$;
    CREATE OPERATOR hostile.${operator} (FUNCTION = hostile.${name}, LEFTARG = pg_catalog.${left}, RIGHTARG = pg_catalog.${right})`
}

const shadowedTypes = ['int4', 'int8', 'jsonb', 'text', 'bool', 'xid8', 'regclass', 'timestamptz']

function shadowType(type: string): string {
  return `CREATE DOMAIN hostile.${type} AS pg_catalog.${type} CHECK (false)`
}
