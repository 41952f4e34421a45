import { expect, test } from 'vitest'
import { describeEachMajor } from '../support/describe-each-major.ts'
import { journalLines, journalOf } from './journal-entries.ts'

describeEachMajor('a captured partitioned table', async database => {
  await database.query(`
    CREATE TABLE trip (id int, day date, seats int, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
    CREATE TABLE trip_2025 PARTITION OF trip FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    CREATE TABLE trip_2026 PARTITION OF trip FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY LIST (id);
    CREATE TABLE trip_2026_small PARTITION OF trip_2026 FOR VALUES IN (1, 2, 3);
    CREATE TABLE trip_2026_rest PARTITION OF trip_2026 DEFAULT;
    SELECT rtbridge.capture_table('trip', '{id,day}');
  `)
  const lines = (work: string) => journalLines(database, work)

  test('reports the name of the root, whichever table was written to', async () => {
    const work = `
      INSERT INTO trip VALUES (1, '2025-05-01', 1), (2, '2026-05-01', 2);
      INSERT INTO trip_2026_rest VALUES (30, '2026-05-01', 9);
      UPDATE trip_2025 SET seats = 5;
      DELETE FROM trip_2026;`
    expect(await lines(work)).toEqual([
      'INSERT trip {"id": 1, "day": "2025-05-01", "seats": 1}',
      'INSERT trip {"id": 2, "day": "2026-05-01", "seats": 2}',
      'INSERT trip {"id": 30, "day": "2026-05-01", "seats": 9}',
      'UPDATE trip {"id": 1, "day": "2025-05-01", "seats": 1} -> {"id": 1, "day": "2025-05-01", "seats": 5}',
      'DELETE trip {"id": 2, "day": "2026-05-01", "seats": 2}',
      'DELETE trip {"id": 30, "day": "2026-05-01", "seats": 9}',
    ])
  })

  test('shows a row that moves to another partition as DELETE and INSERT of one transaction', async () => {
    const entries = await journalOf(database, `UPDATE trip SET day = '2026-01-01' WHERE id = 1`)
    expect(entries.map(({ op, table }) => `${op} ${table}`)).toEqual(['DELETE trip', 'INSERT trip'])
    expect(new Set(entries.map(({ xid }) => xid)).size).toBe(1)
  })

  test('captures a partition created later', async () => {
    const work = `
      CREATE TABLE trip_2027 PARTITION OF trip FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
      INSERT INTO trip VALUES (4, '2027-01-01', 1);`
    expect(await lines(work)).toEqual(['INSERT trip {"id": 4, "day": "2027-01-01", "seats": 1}'])
  })

  test('captures a table from the moment it is attached to the moment it is detached', async () => {
    await database.query(
      `CREATE TABLE loose (seats int, day date NOT NULL, id int NOT NULL, PRIMARY KEY (id, day))`,
    )
    const work = `
      INSERT INTO loose VALUES (1, '2028-01-01', 5);
      ALTER TABLE trip ATTACH PARTITION loose FOR VALUES FROM ('2028-01-01') TO ('2029-01-01');
      UPDATE trip SET seats = 2 WHERE id = 5;
      ALTER TABLE trip DETACH PARTITION loose;
      UPDATE loose SET seats = 3;`
    // The leaf has its columns in another order; it is the same row by name.
    expect(await lines(work)).toEqual([
      'UPDATE trip {"id": 5, "day": "2028-01-01", "seats": 1} -> {"id": 5, "day": "2028-01-01", "seats": 2}',
    ])
  })

  test('sees TRUNCATE of the root, once, and cannot see that of a leaf', async () => {
    expect(await lines('TRUNCATE trip_2025')).toEqual([])
    expect(await lines('TRUNCATE trip')).toEqual(['TRUNCATE trip'])
  })

  test('takes the TRUNCATE triggers of single partitions along when it gets another registration', async () => {
    const numberOf = async (sql: string) => (await database.query<{ id: number }>(sql)).rows[0]?.id
    const newest = 'SELECT max(id) AS id FROM rtbridge.captured_table'
    await database.query(`CREATE TRIGGER "!rtbridge_truncate" AFTER TRUNCATE ON trip_2025
      FOR EACH STATEMENT EXECUTE FUNCTION rtbridge.capture_truncate('${await numberOf(newest)}')`)
    expect(await lines('TRUNCATE trip_2025')).toEqual(['TRUNCATE trip'])
    await database.query(`SELECT rtbridge.capture_table('trip', '{id,day}', '{seats}')`)
    expect(await lines('TRUNCATE trip_2025')).toEqual(['TRUNCATE trip'])
    const last = 'SELECT table_id AS id FROM rtbridge.journal ORDER BY seq DESC LIMIT 1'
    expect(await numberOf(last)).toBe(await numberOf(newest))
    await database.query('DROP TRIGGER "!rtbridge_truncate" ON trip_2025')
    await database.query(`SELECT rtbridge.capture_table('trip', '{id,day}')`)
  })

  test('is written to by COPY and by ON CONFLICT through the root', async () => {
    const work = `
      COPY trip FROM PROGRAM 'printf "6\\t2025-01-01\\t1\\n7\\t2026-01-01\\t1\\n"';
      INSERT INTO trip VALUES (6, '2025-01-01', 8) ON CONFLICT (id, day) DO UPDATE SET seats = excluded.seats;`
    expect(await lines(work)).toEqual([
      'INSERT trip {"id": 6, "day": "2025-01-01", "seats": 1}',
      'INSERT trip {"id": 7, "day": "2026-01-01", "seats": 1}',
      'UPDATE trip {"id": 6, "day": "2025-01-01", "seats": 1} -> {"id": 6, "day": "2025-01-01", "seats": 8}',
    ])
  })
})

describeEachMajor('tables that inherit', async database => {
  await database.query(`
    CREATE TABLE vehicle (id int PRIMARY KEY, plate text);
    CREATE TABLE bus (seats int, PRIMARY KEY (id)) INHERITS (vehicle);
    SELECT rtbridge.capture_table('vehicle', '{id}');
  `)

  test('are captured one by one: the parent for its own rows, a child for its own when it is captured', async () => {
    const work = `INSERT INTO vehicle VALUES (1, 'a'); INSERT INTO bus VALUES (2, 'b', 8); UPDATE vehicle SET plate = 'c';`
    expect(await journalLines(database, work)).toEqual([
      'INSERT vehicle {"id": 1, "plate": "a"}',
      'UPDATE vehicle {"id": 1, "plate": "a"} -> {"id": 1, "plate": "c"}',
    ])
    await database.query(`SELECT rtbridge.capture_table('bus', '{id}')`)
    expect(await journalLines(database, `UPDATE vehicle SET plate = 'd' WHERE id = 2`)).toEqual([
      'UPDATE bus {"id": 2, "plate": "c", "seats": 8} -> {"id": 2, "plate": "d", "seats": 8}',
    ])
  })
})
