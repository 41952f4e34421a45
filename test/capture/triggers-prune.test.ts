import { beforeEach, expect, test } from 'vitest'
import { openTestCapture } from '../support/capture-fixture.ts'
import { openClient } from '../support/open-client.ts'
import { waitFor } from '../support/wait-for.ts'
import { describeOwnServer } from './describe-own-server.ts'

describeOwnServer('the journal prunes itself', async database => {
  await database.query(`
    CREATE TABLE reading (id serial PRIMARY KEY, body text);
    SELECT rtbridge.capture_table('reading', '{id}');
  `)
  beforeEach(async () => {
    await database.query(`
      TRUNCATE rtbridge.journal;
      UPDATE rtbridge.retention SET keep = '24 hours', max_bytes = 1073741824`)
  })

  const insert = (rows: number, body = 'x') =>
    database.query('INSERT INTO reading (body) SELECT $2 FROM generate_series(1, $1::int)', [rows, body])
  const age = (hours: number) =>
    database.query(`UPDATE rtbridge.journal SET at = at - ${hours} * interval '1 hour'`)
  const prune = async (rows = 5_000) =>
    (await database.query<{ n: number }>('SELECT rtbridge.prune($1) AS n', [rows])).rows[0]?.n
  const count = async () =>
    Number((await database.query<{ n: string }>('SELECT count(*) AS n FROM rtbridge.journal')).rows[0]?.n)

  test('without a daemon, an hour after retention', async () => {
    await insert(1_500)
    await age(26)
    await insert(3_000)
    expect(await count()).toBe(3_000)
  })

  test('without a daemon, only what is past retention by an hour', async () => {
    await insert(500)
    await age(24.5)
    await insert(2_000)
    expect(await count()).toBe(2_500)
  })

  test('by the writes of many small transactions, too', async () => {
    await insert(1_500)
    await age(26)
    await database.query(`DO $$ BEGIN
      FOR i IN 1..2000 LOOP INSERT INTO reading (body) VALUES ('y'); COMMIT; END LOOP;
    END $$`)
    expect(await count()).toBe(2_000)
  })

  test.each(['REPEATABLE READ', 'SERIALIZABLE'])('but never in a %s transaction', async level => {
    await insert(500)
    await age(26)
    const client = await openClient(database.url)
    await client.query(`BEGIN ISOLATION LEVEL ${level}`)
    await client.query('INSERT INTO reading (body) SELECT 1 FROM generate_series(1, 3000)')
    await client.query('COMMIT')
    expect(await count()).toBe(3_500)
  })

  test('in slices, oldest first, and says how far', async () => {
    await insert(30)
    await insert(30)
    await age(25)
    await insert(30)
    expect([await prune(40), await prune(40), await prune(40)]).toEqual([40, 20, 0])
    const { rows } = await database.query(
      `SELECT r.pruned_xid::text::bigint < min(j.xid::text::bigint) AS before FROM rtbridge.retention r, rtbridge.journal j
       GROUP BY r.pruned_xid`,
    )
    expect(rows).toEqual([{ before: true }])
  })

  test('not beyond the oldest transaction in progress', async () => {
    const client = await openClient(database.url)
    await client.query(`BEGIN; INSERT INTO reading (body) VALUES ('early')`)
    await insert(10)
    await age(25)
    expect(await prune()).toBe(0)
    await client.query('COMMIT')
    await age(25)
    expect(await prune()).toBe(11)
  })

  test('leaves no row of a long transaction behind', async () => {
    const client = await openClient(database.url)
    await client.query(`BEGIN; INSERT INTO reading (body) VALUES ('early')`)
    await insert(10)
    await client.query(`INSERT INTO reading (body) VALUES ('late'); COMMIT`)
    await database.query(
      `UPDATE rtbridge.journal SET at = at - interval '25 hours' WHERE new_row ->> 'body' <> 'late'`,
    )
    expect(await prune()).toBe(1)
    await age(25)
    expect(await prune()).toBe(11)
    expect(await count()).toBe(0)
  })

  test('one at a time, and without waiting for each other', async () => {
    await insert(10)
    await age(25)
    const client = await openClient(database.url)
    await client.query('BEGIN; SELECT rtbridge.prune(5)')
    expect(await prune()).toBe(0)
    await client.query('ROLLBACK')
    expect(await prune()).toBe(10)
  })

  test('to about max_bytes, keeping the newest', async () => {
    await insert(12_000, 'x'.repeat(1_000))
    await database.query(`UPDATE rtbridge.retention SET max_bytes = 4 * 1048576`)
    await statisticsSeen(12_000)
    let pruned = 0
    for (let n = await prune(500); n !== undefined && n > 0; n = await prune(500)) pruned += n
    const left = await count()
    expect(pruned + left).toBe(12_000)
    // A row is about 1.1 kB: a little less than 4,000 fit.
    expect(left).toBeGreaterThan(2_500)
    expect(left).toBeLessThan(4_500)
    await insert(10)
    expect(await prune()).toBeLessThan(2_000)
    const { rows } = await database.query<{
      n: number
    }>(`SELECT max(seq)::int - count(*)::int + 1 - min(seq)::int AS n
      FROM rtbridge.journal`)
    expect(rows).toEqual([{ n: 0 }])
  })

  test('no further when the file has stayed larger than max_bytes', async () => {
    await insert(12_000, 'x'.repeat(1_000))
    await database.query('DELETE FROM rtbridge.journal')
    await insert(50)
    await database.query(`UPDATE rtbridge.retention SET max_bytes = 1048576`)
    await statisticsSeen(50)
    expect(await prune()).toBe(0)
    expect(await count()).toBe(50)
  })

  test('on a database where everything is published for logical replication', async () => {
    const client = await openClient(database.url)
    // Enough for the check of replica identities, which is made at any wal_level.
    await client.query(`SET client_min_messages = error; CREATE PUBLICATION everything FOR ALL TABLES`)
    await insert(1_500)
    await age(26)
    await insert(3_000)
    expect(await count()).toBe(3_000)
    await age(25)
    expect(await prune()).toBe(3_000)
    await client.query('DROP PUBLICATION everything')
  })

  test('while a hub reads that misses nothing', async () => {
    const capture = await openTestCapture(database.url)
    await database.query(`UPDATE rtbridge.retention SET keep = '-2 hours'`)
    for (let i = 0; i < 10; i++) {
      await insert(300)
      await capture.received((i + 1) * 300)
    }
    await waitFor(async () => {
      await prune()
      return (await count()) === 0
    })
    await insert(1)
    await capture.received(3_001)
    expect(new Set(capture.changes.map(({ seq }) => seq)).size).toBe(capture.changes.length)
  })

  /** PostgreSQL counts rows a little later than they come. */
  async function statisticsSeen(rows: number): Promise<void> {
    await database.query('ANALYZE rtbridge.journal')
    await waitFor(async () => {
      const { rows: found } = await database.query<{ n: string }>(
        `SELECT pg_stat_get_live_tuples('rtbridge.journal'::regclass) AS n`,
      )
      return Number(found[0]?.n) >= rows
    })
  }
})
