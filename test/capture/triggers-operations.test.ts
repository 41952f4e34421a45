import { expect, test } from 'vitest'
import { describeEachMajor } from '../support/describe-each-major.ts'
import { openClient } from '../support/open-client.ts'
import { journalLines, journalOf } from './journal-entries.ts'

describeEachMajor('the row triggers', async (database, major) => {
  await database.query(`
    CREATE TABLE seat (id int PRIMARY KEY, price numeric, note text);
    SELECT rtbridge.capture_table('seat', '{id}');
  `)
  const lines = (work: string | (() => Promise<unknown>)) => journalLines(database, work)

  test('journal INSERT, UPDATE, DELETE and TRUNCATE with the rows before and after', async () => {
    const work = `
      INSERT INTO seat VALUES (1, 10.10, 'window'), (2, 9.90, NULL);
      UPDATE seat SET price = price + 1 WHERE id = 1;
      DELETE FROM seat WHERE id = 2;
      TRUNCATE seat;`
    expect(await lines(work)).toEqual([
      'INSERT seat {"id": 1, "note": "window", "price": 10.10}',
      'INSERT seat {"id": 2, "note": null, "price": 9.90}',
      'UPDATE seat {"id": 1, "note": "window", "price": 10.10} -> {"id": 1, "note": "window", "price": 11.10}',
      'DELETE seat {"id": 2, "note": null, "price": 9.90}',
      'TRUNCATE seat',
    ])
  })

  test('journal nothing for statements that touch no row, except TRUNCATE', async () => {
    const work =
      'UPDATE seat SET price = 0; DELETE FROM seat; INSERT INTO seat SELECT 1 WHERE false; TRUNCATE seat'
    expect(await lines(work)).toEqual(['TRUNCATE seat'])
  })

  test('take an UPDATE that changes nothing for no event', async () => {
    await database.query('INSERT INTO seat VALUES (3, 1.0, NULL)')
    expect(await lines('UPDATE seat SET id = id, price = 1.0, note = NULL')).toEqual([])
  })

  test('take 1.0 becoming 1.00 for a change, because it prints another text', async () => {
    expect(await lines('UPDATE seat SET price = 1.00 WHERE id = 3')).toEqual([
      'UPDATE seat {"id": 3, "note": null, "price": 1.0} -> {"id": 3, "note": null, "price": 1.00}',
    ])
  })

  test('recognize an UPDATE that changes nothing on a table with json and xml columns', async () => {
    await database.query(`
      CREATE TABLE document (id int PRIMARY KEY, body json, page xml, spot point);
      SELECT rtbridge.capture_table('document', '{id}');
      INSERT INTO document VALUES (1, '{"a": 1}', '<p/>', '(1,2)');`)
    expect(await lines(`UPDATE document SET body = '{"a": 1}', page = '<p/>', spot = '(1,2)'`)).toEqual([])
    expect(await lines(`UPDATE document SET body = '{"a": 2}'`)).toHaveLength(1)
  })

  test('recognize an UPDATE that changes nothing in a row that cannot be made into JSON, and in one that takes more as JSON', async () => {
    const columns = Array.from({ length: 40 }, (_, nth) => `, a_column_with_a_long_name_no_${nth} int`).join(
      '',
    )
    await database.query(`
      CREATE TABLE awkward (id int PRIMARY KEY, body json${columns});
      SELECT rtbridge.capture_table('awkward', '{id}');
      INSERT INTO awkward VALUES (1, '"\\u0000"'), (2, '"text"');`)
    expect(await lines('UPDATE awkward SET body = body')).toEqual([])
    expect(await lines('UPDATE awkward SET id = id + 10')).toHaveLength(2)
  })

  test('recognize an UPDATE that changes nothing in a value stored out of line', async () => {
    await database.query(`
      CREATE TABLE long_text (id int PRIMARY KEY, body text, n int DEFAULT 0);
      SELECT rtbridge.capture_table('long_text', '{id}');
      INSERT INTO long_text SELECT 1, string_agg(md5(i::text), '') FROM generate_series(1, 4000) i;`)
    expect(await lines(`UPDATE long_text SET body = body || ''`)).toEqual([])
    const [entry] = await journalOf(database, 'UPDATE long_text SET n = 1')
    expect(JSON.parse(entry?.newRow ?? '')).toEqual({
      id: 1,
      n: 1,
      body: expect.stringMatching(/^\w{128000}$/),
    })
  })

  test('see what BEFORE triggers made of the row', async () => {
    await database.query(`
      CREATE TABLE stamped (id int PRIMARY KEY, made text);
      SELECT rtbridge.capture_table('stamped', '{id}');
      CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.made := ''trigger''; RETURN NEW; END';
      CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON stamped FOR EACH ROW EXECUTE FUNCTION stamp();`)
    expect(await lines('INSERT INTO stamped VALUES (1)')).toEqual([
      'INSERT stamped {"id": 1, "made": "trigger"}',
    ])
  })

  test('keep the order when another AFTER trigger changes the row again', async () => {
    await database.query(`
      CREATE TABLE counted (id int PRIMARY KEY, n int);
      CREATE FUNCTION count_up() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN IF NEW.n < 3 THEN UPDATE counted SET n = n + 1 WHERE id = NEW.id; END IF; RETURN NULL; END';
      CREATE TRIGGER "A" AFTER INSERT OR UPDATE ON counted FOR EACH ROW EXECUTE FUNCTION count_up();
      SELECT rtbridge.capture_table('counted', '{id}');`)
    expect(await lines('INSERT INTO counted VALUES (1, 1)')).toEqual([
      'INSERT counted {"n": 1, "id": 1}',
      'UPDATE counted {"n": 1, "id": 1} -> {"n": 2, "id": 1}',
      'UPDATE counted {"n": 2, "id": 1} -> {"n": 3, "id": 1}',
    ])
  })

  test('journal ON CONFLICT as what it did to the row', async () => {
    await database.query('TRUNCATE seat; INSERT INTO seat VALUES (1, 1)')
    const upsert = (id: number) =>
      `INSERT INTO seat VALUES (${id}, 2) ON CONFLICT (id) DO UPDATE SET price = excluded.price;`
    const work = `${upsert(1)} ${upsert(1)} ${upsert(5)} INSERT INTO seat VALUES (1, 3) ON CONFLICT DO NOTHING;`
    expect(await lines(work)).toEqual([
      'UPDATE seat {"id": 1, "note": null, "price": 1} -> {"id": 1, "note": null, "price": 2}',
      'INSERT seat {"id": 5, "note": null, "price": 2}',
    ])
  })

  test.runIf(major >= 15)('journal MERGE as what it did to the rows', async () => {
    await database.query('TRUNCATE seat; INSERT INTO seat VALUES (1, 1), (2, 2), (3, 3)')
    const work = `
      MERGE INTO seat USING (VALUES (1, 1), (2, 20), (3, 0), (4, 4)) AS v (id, price) ON seat.id = v.id
      WHEN MATCHED AND v.price = 0 THEN DELETE
      WHEN MATCHED THEN UPDATE SET price = v.price
      WHEN NOT MATCHED THEN INSERT VALUES (v.id, v.price)`
    expect((await lines(work)).sort()).toEqual([
      'DELETE seat {"id": 3, "note": null, "price": 3}',
      'INSERT seat {"id": 4, "note": null, "price": 4}',
      'UPDATE seat {"id": 2, "note": null, "price": 2} -> {"id": 2, "note": null, "price": 20}',
    ])
  })

  test('journal COPY row by row', async () => {
    const work = `COPY seat (id, note) FROM PROGRAM 'printf "71\\ta\\n72\\tb\\n"'`
    expect(await lines(work)).toEqual([
      'INSERT seat {"id": 71, "note": "a", "price": null}',
      'INSERT seat {"id": 72, "note": "b", "price": null}',
    ])
  })

  test('journal every data-modifying part of one statement', async () => {
    await database.query('TRUNCATE seat; INSERT INTO seat VALUES (1, 1)')
    const work = `WITH gone AS (DELETE FROM seat RETURNING *) INSERT INTO seat SELECT id + 10, price FROM gone`
    expect((await lines(work)).sort()).toEqual([
      'DELETE seat {"id": 1, "note": null, "price": 1}',
      'INSERT seat {"id": 11, "note": null, "price": 1}',
    ])
  })

  test('journal what is written through a view', async () => {
    await database.query('TRUNCATE seat; CREATE VIEW window_seat AS SELECT id, note FROM seat')
    expect(await lines(`INSERT INTO window_seat VALUES (1, 'w'); DELETE FROM window_seat`)).toEqual([
      'INSERT seat {"id": 1, "note": "w", "price": null}',
      'DELETE seat {"id": 1, "note": "w", "price": null}',
    ])
  })

  test('journal what foreign keys cascade, to other tables and to the same one', async () => {
    await database.query(`
      CREATE TABLE parent (id int PRIMARY KEY, boss int REFERENCES parent ON DELETE CASCADE ON UPDATE CASCADE);
      CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent ON DELETE SET NULL ON UPDATE CASCADE);
      SELECT rtbridge.capture_table('parent', '{id}'), rtbridge.capture_table('child', '{id}');
      INSERT INTO parent VALUES (1, NULL), (2, 1), (3, 2);
      INSERT INTO child VALUES (10, 2), (11, 1);`)
    expect(await lines('UPDATE parent SET id = 20 WHERE id = 2')).toEqual([
      'UPDATE parent {"id": 2, "boss": 1} -> {"id": 20, "boss": 1}',
      'UPDATE parent {"id": 3, "boss": 2} -> {"id": 3, "boss": 20}',
      'UPDATE child {"id": 10, "parent": 2} -> {"id": 10, "parent": 20}',
    ])
    expect((await lines('DELETE FROM parent WHERE id = 1')).sort()).toEqual([
      'DELETE parent {"id": 1, "boss": null}',
      'DELETE parent {"id": 20, "boss": 1}',
      'DELETE parent {"id": 3, "boss": 20}',
      'UPDATE child {"id": 10, "parent": 20} -> {"id": 10, "parent": null}',
      'UPDATE child {"id": 11, "parent": 1} -> {"id": 11, "parent": null}',
    ])
    expect((await lines('TRUNCATE parent CASCADE')).sort()).toEqual(['TRUNCATE child', 'TRUNCATE parent'])
  })

  test('see identity and stored generated columns', async () => {
    await database.query(`
      CREATE TABLE computed (
        id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int, double int GENERATED ALWAYS AS (n * 2) STORED
      );
      SELECT rtbridge.capture_table('computed', '{id}');`)
    expect(await lines('INSERT INTO computed (n) VALUES (4); UPDATE computed SET n = 5')).toEqual([
      'INSERT computed {"n": 4, "id": 1, "double": 8}',
      'UPDATE computed {"n": 4, "id": 1, "double": 8} -> {"n": 5, "id": 1, "double": 10}',
    ])
  })

  test('journal tables without a primary key, without columns, and with a key of several columns', async () => {
    await database.query(`
      CREATE TABLE keyless (n int);
      CREATE TABLE bare ();
      CREATE TABLE pair (b int, a int, v int, PRIMARY KEY (a, b));
      SELECT rtbridge.capture_table('keyless', '{}'), rtbridge.capture_table('bare', '{}'),
             rtbridge.capture_table('pair', '{a,b}');`)
    const work = `INSERT INTO keyless VALUES (1), (1); DELETE FROM keyless; INSERT INTO bare DEFAULT VALUES;
      DELETE FROM bare; INSERT INTO pair VALUES (1, 2, 3); UPDATE pair SET a = 5;`
    expect(await lines(work)).toEqual([
      'INSERT keyless {"n": 1}',
      'INSERT keyless {"n": 1}',
      'DELETE keyless {"n": 1}',
      'DELETE keyless {"n": 1}',
      'INSERT bare {}',
      'DELETE bare {}',
      'INSERT pair {"a": 2, "b": 1, "v": 3}',
      'UPDATE pair {"a": 2, "b": 1, "v": 3} -> {"a": 5, "b": 1, "v": 3}',
    ])
  })

  test('tag changes with rtbridge.origin for as long as it is set', async () => {
    const client = await openClient(database.url)
    const entries = await journalOf(database, async () => {
      await client.query(
        `BEGIN; SET LOCAL rtbridge.origin = 'desk 3'; INSERT INTO seat VALUES (91); TRUNCATE seat`,
      )
      await client.query(`SAVEPOINT s; SET LOCAL rtbridge.origin = 'other'; INSERT INTO seat VALUES (92)`)
      await client.query(`ROLLBACK TO s; INSERT INTO seat VALUES (93); COMMIT; INSERT INTO seat VALUES (94)`)
    })
    expect(entries.map(({ op, origin, newRow }) => [op, origin || null, newRow?.slice(0, 9)])).toEqual([
      ['INSERT', 'desk 3', '{"id": 91'],
      ['TRUNCATE', 'desk 3', undefined],
      ['INSERT', 'desk 3', '{"id": 93'],
      ['INSERT', null, '{"id": 94'],
    ])
  })

  test('cut an origin to 200 characters', async () => {
    const [entry] = await journalOf(
      database,
      `SELECT set_config('rtbridge.origin', repeat('é', 100000), true); INSERT INTO seat VALUES (95)`,
    )
    expect(entry?.origin).toBe('é'.repeat(200))
  })
})
