import type { Client } from 'pg'
import { expect, test } from 'vitest'
import { openTestCapture } from '../support/capture-fixture.ts'
import { describeEachMajor } from '../support/describe-each-major.ts'
import { openClient } from '../support/open-client.ts'
import { startServer } from '../support/start-server.ts'
import { journalLines, journalOf } from './journal-entries.ts'

describeEachMajor('changes share the fate of the transaction they belong to', async database => {
  await database.query(`
    CREATE TABLE job (id int PRIMARY KEY, n int UNIQUE DEFERRABLE INITIALLY DEFERRED);
    SELECT rtbridge.capture_table('job', '{id}');
  `)
  const lines = (work: string | (() => Promise<unknown>)) => journalLines(database, work)

  /** Statements on one session; one that fails is followed by the next, as psql does it. */
  async function runEach(client: Client, statements: readonly string[]): Promise<void> {
    for (const statement of statements) await client.query(statement).catch(() => {})
  }

  test('nothing is left of what was rolled back, as a whole or to a savepoint', async () => {
    const client = await openClient(database.url)
    const entries = await journalOf(database, () =>
      runEach(client, [
        'BEGIN; INSERT INTO job VALUES (1, 1); ROLLBACK',
        'BEGIN; INSERT INTO job VALUES (2, 2); SAVEPOINT a; INSERT INTO job VALUES (3, 3)',
        'SAVEPOINT b; INSERT INTO job VALUES (4, 4); ROLLBACK TO b; INSERT INTO job VALUES (5, 5)',
        'ROLLBACK TO a; INSERT INTO job VALUES (6, 6); RELEASE a; COMMIT',
      ]),
    )
    expect(entries.map(({ newRow }) => newRow)).toEqual(['{"n": 2, "id": 2}', '{"n": 6, "id": 6}'])
    expect(new Set(entries.map(({ xid }) => xid)).size).toBe(1)
  })

  test('a failing statement leaves no change, and the transaction with it', async () => {
    const client = await openClient(database.url)
    const work = () =>
      runEach(client, [
        'BEGIN; INSERT INTO job VALUES (11, 11)',
        'INSERT INTO job VALUES (12, 12), (11, 13)',
        'COMMIT',
        'INSERT INTO job VALUES (14, 14)',
      ])
    expect(await lines(work)).toEqual(['INSERT job {"n": 14, "id": 14}'])
  })

  test('a PL/pgSQL block that catches its exception leaves only what it did afterwards', async () => {
    const work = `DO $$ BEGIN
      FOR i IN 21..23 LOOP
        BEGIN
          INSERT INTO job VALUES (i, i);
          IF i = 22 THEN RAISE EXCEPTION 'no'; END IF;
        EXCEPTION WHEN raise_exception THEN
          INSERT INTO job VALUES (-i, -i);
        END;
      END LOOP;
    END $$`
    expect(await lines(work)).toEqual([
      'INSERT job {"n": 21, "id": 21}',
      'INSERT job {"n": -22, "id": -22}',
      'INSERT job {"n": 23, "id": 23}',
    ])
  })

  test('a procedure that commits in the middle keeps what it committed', async () => {
    const work = () =>
      database.query(`DO $$ BEGIN
          INSERT INTO job VALUES (31, 31); COMMIT; INSERT INTO job VALUES (32, 32); ROLLBACK; INSERT INTO job VALUES (33, 33);
        END $$`)
    expect(await lines(work)).toEqual(['INSERT job {"n": 31, "id": 31}', 'INSERT job {"n": 33, "id": 33}'])
  })

  test('a deferred constraint that fails at COMMIT takes the changes with it', async () => {
    const client = await openClient(database.url)
    const work = () => runEach(client, ['BEGIN; INSERT INTO job VALUES (41, 41), (42, 41)', 'COMMIT'])
    expect(await lines(work)).toEqual([])
  })

  test('what a deferred constraint trigger writes at COMMIT is journalled after the rest', async () => {
    await database.query(`
      CREATE FUNCTION follow_up() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN IF NEW.n > 0 THEN INSERT INTO job VALUES (NEW.id + 1000, -NEW.id); END IF; RETURN NULL; END';
      CREATE CONSTRAINT TRIGGER follow_up AFTER INSERT ON job DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION follow_up();`)
    expect(await lines('INSERT INTO job VALUES (51, 51); INSERT INTO job VALUES (52, 52)')).toEqual([
      'INSERT job {"n": 51, "id": 51}',
      'INSERT job {"n": 52, "id": 52}',
      'INSERT job {"n": -51, "id": 1051}',
      'INSERT job {"n": -52, "id": 1052}',
    ])
    await database.query('DROP FUNCTION follow_up CASCADE')
  })

  test.each(['REPEATABLE READ', 'SERIALIZABLE'])(
    '%s transactions that share no row never fail because of the journal',
    async level => {
      const clients = await Promise.all(Array.from({ length: 6 }, () => openClient(database.url)))
      await database.query(`UPDATE rtbridge.retention SET keep = '-2 hours'`)
      await database.query('TRUNCATE job')
      await openTestCapture(database.url)
      const writers = clients.map(async (client, writer) => {
        for (let i = 0; i < 10; i++) {
          await client.query(`BEGIN ISOLATION LEVEL ${level}`)
          // 60 times 100 rows: the guard that prunes comes by several times.
          await client.query(
            'INSERT INTO job SELECT $1::int + k, $1::int + k FROM generate_series(1, 100) k',
            [writer * 10_000 + i * 100],
          )
          await client.query('COMMIT')
        }
      })
      const pruner = (async () => {
        for (let i = 0; i < 20; i++) await database.query('SELECT rtbridge.prune(500)')
      })()
      await expect(Promise.all([...writers, pruner])).resolves.toBeDefined()
      await database.query(`UPDATE rtbridge.retention SET keep = '24 hours'`)
    },
  )

  test('a writer with statement, lock and idle time-outs of its own never runs into them, even while somebody else prunes', async () => {
    const client = await openClient(database.url)
    await client.query(`SET statement_timeout = '2s'; SET lock_timeout = '1ms'`)
    await database.query('TRUNCATE job')
    const holder = await openClient(database.url)
    await holder.query('BEGIN; SELECT * FROM rtbridge.retention FOR UPDATE')
    const insert = client.query('INSERT INTO job SELECT i, i FROM generate_series(1, 3000) i')
    await expect(insert).resolves.toMatchObject({ rowCount: 3_000 })
    await holder.query('ROLLBACK')
  })
})

describeEachMajor('a prepared transaction', async (_, major) => {
  const server = await startServer({ major, settings: { max_prepared_transactions: '5', fsync: 'off' } })

  test('delivers its changes when it is committed, in a session without a sleeping hub', async () => {
    const client = await openClient(server.url())
    await client.query(`
      CREATE TABLE transfer (id int PRIMARY KEY);
      SELECT rtbridge.capture_table('transfer', '{id}');`)
    const capture = await openTestCapture(server.url(), { doorbell: false })
    await client.query(
      `BEGIN; INSERT INTO transfer VALUES (1); SET LOCAL rtbridge.origin = 'x'; PREPARE TRANSACTION 'a'`,
    )
    await client.query(`BEGIN; INSERT INTO transfer VALUES (2); PREPARE TRANSACTION 'b'`)
    await client.query('INSERT INTO transfer VALUES (3)')
    await capture.received(1)
    await client.query(`ROLLBACK PREPARED 'b'`)
    await client.query(`COMMIT PREPARED 'a'`)
    const changes = await capture.received(2)
    expect(changes.map(({ newRow }) => newRow)).toEqual(['{"id": 3}', '{"id": 1}'])
  })
})
