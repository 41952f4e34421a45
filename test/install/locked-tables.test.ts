import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { readCatalogue } from '../../src/install/catalogue.ts'
import { uninstall } from '../../src/install/uninstall.ts'
import { journalLines } from '../capture/journal-entries.ts'
import { describeEachMajor } from '../support/describe-each-major.ts'
import { openClient } from '../support/open-client.ts'
import { waitFor } from '../support/wait-for.ts'
import { install, installerWaits, openAdmin, uninstallAll } from './install-fixture.ts'

const impatient = { timeoutMs: 30, attempts: 2, pauseMs: 1 }
const patient = { timeoutMs: 30, attempts: 10_000, pauseMs: 0 }

describeEachMajor('a table that a long transaction holds', async database => {
  const { url } = database
  await database.query(`
    CREATE TABLE busy (id int PRIMARY KEY);
    CREATE TABLE calm (id int PRIMARY KEY);
    CREATE TABLE trip (id int, day int) PARTITION BY LIST (day);
    CREATE TABLE trip_1 PARTITION OF trip FOR VALUES IN (1);
  `)

  /** A transaction that has written to a table and is not finished. */
  async function hold(sql = 'INSERT INTO busy VALUES (0)') {
    const client = await openClient(url)
    await client.query('BEGIN')
    await client.query(sql)
    return client
  }

  test('is reported after the others were installed', async () => {
    const holder = await hold()
    const failed = install(url, { busy: {}, calm: {}, trip: {} }, { locks: impatient })
    await expect(failed).rejects.toMatchObject({
      code: 'RTB_INSTALL_LOCKED',
      message: 'busy is in use: no lock on it in 2 attempts',
    })
    await holder.query('ROLLBACK')
    const lines = await journalLines(
      database,
      'INSERT INTO busy VALUES (1); INSERT INTO calm VALUES (1); INSERT INTO trip VALUES (1, 1)',
    )
    expect(lines.map(line => line.split(' ')[1])).toEqual(['calm', 'trip'])
  })

  test('is tried again until it can be had', async () => {
    const holder = await hold()
    const retries: number[] = []
    const installing = install(
      url,
      { busy: {}, calm: {}, trip: {} },
      { locks: patient, onRetry: (_, attempt) => retries.push(attempt) },
    )
    await waitFor(() => retries.length >= 3)
    await holder.query('COMMIT')
    await installing
    expect(retries.slice(0, 3)).toEqual([2, 3, 4])
    expect(await journalLines(database, 'DELETE FROM busy WHERE id = 0')).toHaveLength(1)
    await database.query('DELETE FROM busy')
  })

  test('can be written to by others all the while', async () => {
    await install(url, {})
    const holder = await hold()
    const writer = await openClient(url)
    const installing = install(url, { busy: {} }, { locks: patient })
    for (let id = 1; id <= 3; id++) {
      await installerWaits(database)
      await writer.query('INSERT INTO busy VALUES ($1)', [id])
    }
    await holder.query('ROLLBACK')
    await installing
  })

  test('is released last of all, and the schema stays until it is', async () => {
    await install(url, { busy: {}, calm: {} })
    const holder = await hold('SELECT * FROM busy')
    const admin = await openAdmin(url)
    const options = { keepJournal: false, onRelease: () => {}, onRetry: () => {}, locks: impatient }
    await expect(uninstall(admin, await readCatalogue(admin), options)).rejects.toMatchObject({
      code: 'RTB_INSTALL_LOCKED',
    })
    await holder.query('COMMIT')
    const lines = await journalLines(database, 'INSERT INTO calm VALUES (70); INSERT INTO busy VALUES (70)')
    expect(lines).toEqual(['INSERT busy {"id": 70}'])
  })

  test('is never the reason for a deadlock that hits the application, not even among partitions', async () => {
    await install(url, {})
    for (const choice of [{ trip: {} }, {}]) {
      const writer = await hold('INSERT INTO trip_1 VALUES (9, 1)')
      const installing = install(url, choice)
      await installerWaits(database)
      // The first time the installer has the root and wants the partition; the writer has that and wants the root.
      await expect(writer.query('INSERT INTO trip VALUES (10, 1)')).resolves.toBeDefined()
      await writer.query('COMMIT')
      await installing
    }
  })

  test('is waited for without a lock on its partitions, for which its writers would wait in turn', async () => {
    await database.query('CREATE TABLE trip_2 PARTITION OF trip FOR VALUES IN (2)')
    const held = `
      SELECT l.relation::regclass::text AS name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
      WHERE a.datname = current_database() AND a.application_name = 'rtbridge admin'
        AND l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.granted`
    await install(url, { trip: {} })
    for (const choice of [{ trip: { maxRowBytes: 4_096 } }, {}]) {
      const writer = await hold('INSERT INTO trip VALUES (11, 1)')
      const installing = install(url, choice, { locks: { ...patient, timeoutMs: 10_000 } })
      await installerWaits(database)
      expect((await database.query(held)).rows).toEqual([])
      await writer.query('COMMIT')
      await installing
    }
    await database.query('DROP TABLE trip_2')
  })

  test('never makes a writer wait into a deadlock, whose partition is the second that the installer waits for', async () => {
    await database.query('CREATE TABLE trip_2 PARTITION OF trip FOR VALUES IN (2)')
    await install(url, {})
    for (const choice of [{ trip: {} }, { trip: { maxRowBytes: 4_096 } }, {}]) {
      const [first, second] = [await openClient(url), await openClient(url)]
      // Who writes to a partition for the second time knows its bounds and has no lock on the table above.
      for (const writer of [first, second])
        await writer.query('INSERT INTO trip_1 VALUES (0, 1); INSERT INTO trip_2 VALUES (0, 2)')
      await first.query('BEGIN; INSERT INTO trip_1 VALUES (12, 1)')
      await second.query('BEGIN; INSERT INTO trip_2 VALUES (12, 2)')
      const installing = install(url, choice)
      await installerWaits(database)
      const waiting = second.query('INSERT INTO trip VALUES (13, 2)')
      const released = pause(600).then(() => first.query('COMMIT'))
      await expect(waiting).resolves.toBeDefined()
      await released
      await second.query('COMMIT')
      await installing
    }
    await database.query('DROP TABLE trip_2')
  })

  test('is locked from the top where partitions have partitions, as its writers do', async () => {
    await database.query(`
      CREATE TABLE ride (id int, day int) PARTITION BY LIST (day);
      CREATE TABLE ride_week PARTITION OF ride FOR VALUES IN (1, 2) PARTITION BY LIST (day);
      CREATE TABLE ride_1 PARTITION OF ride_week FOR VALUES IN (1)`)
    await install(url, { ride: {} })
    const writer = await openClient(url)
    for (const choice of [{ ride: { maxRowBytes: 4_096 } }, {}]) {
      await writer.query('INSERT INTO ride_week VALUES (1, 1)')
      await writer.query('BEGIN; LOCK TABLE ONLY ride_week IN ROW EXCLUSIVE MODE')
      const retries: number[] = []
      const installing = install(url, choice, { onRetry: (_, attempt) => retries.push(attempt) })
      await installerWaits(database)
      await writer.query('INSERT INTO ride_week VALUES (2, 1); COMMIT')
      await installing
      expect(retries).toEqual([])
    }
    await database.query('DROP TABLE ride')
  })

  test('does not keep the schema from being dropped afterwards', async () => {
    await uninstallAll(url)
    expect((await database.query(`SELECT to_regnamespace('rtbridge') AS schema`)).rows).toEqual([
      { schema: null },
    ])
  })
})
