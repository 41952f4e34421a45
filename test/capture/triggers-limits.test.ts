import { expect, test } from 'vitest'
import { openTestCapture } from '../support/capture-fixture.ts'
import { describeEachMajor } from '../support/describe-each-major.ts'
import { isFullSize } from '../support/full-size.ts'
import { journalLines, journalOf } from './journal-entries.ts'

describeEachMajor('a row that is too much for the journal', async database => {
  await database.query(`
    CREATE TABLE note (id int PRIMARY KEY, body text, doc json, numbers numeric[]);
    SELECT rtbridge.capture_table('note', '{id}', '{}', 4096);
  `)
  const lines = (work: string) => journalLines(database, work)

  test('is journalled by its key, before and after', async () => {
    const work = `
      INSERT INTO note VALUES (1, repeat('x', 5000));
      UPDATE note SET id = 2;
      UPDATE note SET body = 'short';
      UPDATE note SET body = repeat('y', 5000);
      DELETE FROM note;`
    expect(await lines(work)).toEqual([
      'INSERT note {"id": 1} (truncated)',
      'UPDATE note {"id": 1} -> {"id": 2} (truncated)',
      'UPDATE note {"id": 2} -> {"id": 2} (truncated)',
      'UPDATE note {"id": 2} -> {"id": 2} (truncated)',
      'DELETE note {"id": 2} (truncated)',
    ])
  })

  test('is one above the limit, not one at it', async () => {
    const { rows } = await database.query<{ overhead: number }>(
      `SELECT octet_length(to_jsonb(n)::text) AS overhead FROM (SELECT 1 AS id, '' AS body, NULL AS doc, NULL AS numbers) n`,
    )
    const room = 4_096 - (rows[0]?.overhead ?? 0)
    const entries = await journalOf(
      database,
      `INSERT INTO note VALUES (1, repeat('x', ${room - 50})); UPDATE note SET body = repeat('x', ${room + 50}); TRUNCATE note`,
    )
    expect(entries.map(({ op, truncated }) => `${op} ${truncated}`)).toEqual([
      'INSERT false',
      'UPDATE true',
      'TRUNCATE false',
    ])
  })

  test('never fails the write: a value of 120 MB that compresses well', async () => {
    expect(await lines(`INSERT INTO note VALUES (3, repeat('long value ', 11000000))`)).toEqual([
      'INSERT note {"id": 3} (truncated)',
    ])
    expect(await lines('DELETE FROM note WHERE id = 3')).toEqual(['DELETE note {"id": 3} (truncated)'])
  })

  const size = isFullSize ? '' : ' (RTBRIDGE_TEST_FULL_SIZE=1 runs it)'
  test.runIf(isFullSize)(
    `never fails the write: a row that PostgreSQL cannot look at as a whole, above 1 GB${size}`,
    async () => {
      await database.query(`
        CREATE TABLE film (id int PRIMARY KEY, reel text, copy text);
        ALTER TABLE film ALTER reel SET STORAGE EXTERNAL, ALTER copy SET STORAGE EXTERNAL;
        SELECT rtbridge.capture_table('film', '{id}')`)
      const reel = `repeat('x', 600000000)`
      expect(await lines(`INSERT INTO film VALUES (1, ${reel})`)).toEqual([
        'INSERT film {"id": 1} (truncated)',
      ])
      expect(await lines(`UPDATE film SET copy = ${reel}`)).toEqual(['UPDATE film {"id": 1} (truncated)'])
      expect(await lines('UPDATE film SET id = 2')).toEqual(['UPDATE film (truncated)'])
      expect(await lines('DELETE FROM film')).toEqual(['DELETE film (truncated)'])
      await database.query('DROP TABLE film')
    },
    300_000,
  )

  test.each([
    ['a json text with \\u0000', `'{"a": "\\u0000"}'`],
    ['a json number beyond numeric', `'{"a": 1e999999}'`],
    ['json nested 5,000 levels deep', `(repeat('[', 5000) || repeat(']', 5000))::json`],
  ])('never fails the write: %s', async (_, value) => {
    const entries = await journalOf(
      database,
      `INSERT INTO note (id, doc) VALUES (4, ${value}); DELETE FROM note`,
    )
    expect(entries).toMatchObject([
      { op: 'INSERT', truncated: true, newRow: '{"id": 4}' },
      { op: 'DELETE', truncated: true, oldRow: '{"id": 4}' },
    ])
  })

  test.each(['RAISE EXCEPTION $$no$$', 'ASSERT false', 'PERFORM 1 / 0'])(
    'never fails the write: a type whose cast to json fails with %s',
    async failure => {
      await database.query(`
        DROP TYPE IF EXISTS mood CASCADE; DROP TABLE IF EXISTS feeling;
        CREATE TYPE mood AS ENUM ('good');
        CREATE FUNCTION to_json(mood) RETURNS json LANGUAGE plpgsql AS 'BEGIN ${failure.replaceAll("'", "''")}; END';
        CREATE CAST (mood AS json) WITH FUNCTION to_json(mood);
        CREATE TABLE feeling (id int PRIMARY KEY, mood mood);
        SELECT rtbridge.capture_table('feeling', '{id}');`)
      expect(await lines(`INSERT INTO feeling VALUES (1, 'good')`)).toEqual([
        'INSERT feeling {"id": 1} (truncated)',
      ])
    },
  )

  test('is also one that would print far more than it stores, so that no reader chokes on it', async () => {
    const capture = await openTestCapture(database.url)
    await database.query(`
      CREATE TABLE figures (id int PRIMARY KEY, n numeric[]);
      SELECT rtbridge.capture_table('figures', '{id}')`)
    // 6 kB as jsonb, 52 MB as text; with 80,000 of them the text is more than PostgreSQL can make.
    const large = `array_fill('1e131000'::numeric, ARRAY[400])`
    await database.query(`INSERT INTO figures VALUES (1, ${large})`)
    const [change] = await capture.received(1)
    expect(change).toMatchObject({ truncated: true, newRow: '{"id": 1}' })
  })

  test('has its whole key, in the order of the key', async () => {
    await database.query(`
      CREATE TABLE line (b text, a uuid, body text, PRIMARY KEY (a, b));
      SELECT rtbridge.capture_table('line', '{a,b}', '{}', 256);`)
    const uuid = '00000000-0000-0000-0000-00000000000a'
    const work = `INSERT INTO line VALUES ('it''s "b"', '${uuid}', repeat('x', 1000))`
    expect(await lines(work)).toEqual([`INSERT line {"a": "${uuid}", "b": "it's \\"b\\""} (truncated)`])
  })

  test('has no row where the table has no key, or where a key column is gone', async () => {
    await database.query(`
      CREATE TABLE keyless (body text);
      CREATE TABLE changed (id int PRIMARY KEY, body text);
      SELECT rtbridge.capture_table('keyless', '{}', '{}', 256), rtbridge.capture_table('changed', '{id}', '{}', 256);
      ALTER TABLE changed DROP id;`)
    const work = `INSERT INTO keyless VALUES (repeat('x', 1000)); INSERT INTO changed VALUES (repeat('x', 1000));`
    expect(await lines(work)).toEqual(['INSERT keyless (truncated)', 'INSERT changed (truncated)'])
  })
})
