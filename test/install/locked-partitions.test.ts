import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { describeEachMajor } from '../support/describe-each-major.ts'
import { openClient } from '../support/open-client.ts'
import { install, installerWaits } from './install-fixture.ts'

/**
 * How long somebody keeps what the installer waits for first: shorter than it waits, so that it goes on, and so long that,
 * had it as much time again, the application would be the first to look for a deadlock (`deadlock_timeout`, 1 s).
 */
const longEnoughMs = 600

describeEachMajor('an application that has one partition and comes for another', async database => {
  const { url } = database

  test('truncates it while triggers are made, made anew and dropped', async () => {
    await database.query(`
      CREATE TABLE other (id int);
      CREATE TABLE trip (id int, day int) PARTITION BY LIST (day);
      CREATE TABLE trip_1 PARTITION OF trip FOR VALUES IN (1);
      CREATE TABLE trip_2 PARTITION OF trip FOR VALUES IN (2)`)
    await install(url, { other: {} })
    // Where some trigger fires always, it is asked whether one of this table does.
    await database.query('ALTER TABLE other ENABLE ALWAYS TRIGGER "!rtbridge_insert"')
    for (const trip of [{}, { maxRowBytes: 4_096 }, null]) {
      const [application, other] = [await openClient(url), await openClient(url)]
      await application.query('BEGIN; INSERT INTO trip VALUES (1, 1)')
      await other.query('BEGIN; TRUNCATE trip_2')
      const installing = install(url, { other: {}, ...(trip === null ? {} : { trip }) })
      await installerWaits(database)
      const released = pause(longEnoughMs).then(() => other.query('COMMIT'))
      await expect(application.query('TRUNCATE trip_1')).resolves.toBeDefined()
      await released
      await application.query('COMMIT')
      await installing
    }
  })

  test('writes to the table whose partition it reads, which has a TRUNCATE trigger that is replaced', async () => {
    await database.query(`
      CREATE TABLE old_ride (id int, day int) PARTITION BY LIST (day);
      CREATE TABLE ride_1 PARTITION OF old_ride FOR VALUES IN (1);
      CREATE TABLE ride (id int, day int) PARTITION BY LIST (day);
      CREATE TABLE ride_2 PARTITION OF ride FOR VALUES IN (2)`)
    await install(url, { old_ride: {} })
    await database.query(`
      DO $$ BEGIN
        EXECUTE format('CREATE TRIGGER "!rtbridge_truncate" AFTER TRUNCATE ON ride_1 EXECUTE FUNCTION rtbridge.capture_truncate(%L)',
          (SELECT t.id FROM rtbridge.captured_table t WHERE t.table_name = 'old_ride'));
      END $$;
      ALTER TABLE old_ride DETACH PARTITION ride_1;
      ALTER TABLE ride ATTACH PARTITION ride_1 FOR VALUES IN (1)`)
    const [application, other] = [await openClient(url), await openClient(url)]
    // Who writes to a partition for the second time knows its bounds and has no lock on the table above.
    await other.query('INSERT INTO ride_2 VALUES (1, 2)')
    await other.query('BEGIN; INSERT INTO ride_2 VALUES (2, 2)')
    await application.query('BEGIN; SELECT FROM ride_1')
    const installing = install(url, { old_ride: {}, ride: {} })
    await installerWaits(database)
    const released = pause(longEnoughMs).then(() => other.query('COMMIT'))
    await expect(application.query('INSERT INTO ride VALUES (1, 1)')).resolves.toBeDefined()
    await released
    await application.query('COMMIT')
    await installing
  })

  test('is no reason to leave lock_timeout of the session other than it was', async () => {
    await database.query('CREATE TABLE calm (id int PRIMARY KEY)')
    await install(url, { calm: {} })
    const client = await openClient(url)
    await client.query(`BEGIN; SET LOCAL lock_timeout = '7s'`)
    await client.query(`SELECT rtbridge.capture_table('calm', '{id}', '{}', 4096)`)
    expect((await client.query('SHOW lock_timeout')).rows).toEqual([{ lock_timeout: '7s' }])
    await client.query(`SELECT rtbridge.release_table('calm')`)
    expect((await client.query('SHOW lock_timeout')).rows).toEqual([{ lock_timeout: '7s' }])
    await client.query('ROLLBACK')
  })
})
