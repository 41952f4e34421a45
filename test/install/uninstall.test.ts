import { expect, onTestFinished, test } from 'vitest'
import { journalLines } from '../capture/journal-entries.ts'
import { openTestCapture } from '../support/capture-fixture.ts'
import { describeEachMajor } from '../support/describe-each-major.ts'
import { openClient } from '../support/open-client.ts'
import { waitFor } from '../support/wait-for.ts'
import { dumpDatabase } from './dump-schema.ts'
import { install, makePlan, openAdmin, uninstallAll } from './install-fixture.ts'

describeEachMajor('uninstalling', async database => {
  const { url } = database
  await uninstallAll(url)
  await database.query(`
    CREATE SCHEMA sales;
    CREATE TABLE sales.booking (id int PRIMARY KEY, seats int, pin text);
    CREATE TABLE trip (id int, day int, PRIMARY KEY (id, day)) PARTITION BY LIST (day);
    CREATE TABLE trip_1 PARTITION OF trip FOR VALUES IN (1);
    CREATE FUNCTION theirs() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER theirs AFTER INSERT ON sales.booking FOR EACH ROW EXECUTE FUNCTION theirs();
    ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
  `)
  const choice = { 'sales.*': { exclude: ['pin'] }, 'trip*': {} }

  test('leaves the database as it was before', async () => {
    const before = await dumpDatabase(database)
    await install(url, choice)
    expect(await dumpDatabase(database)).not.toEqual(before)
    await database.query(`INSERT INTO sales.booking VALUES (1, 1, 1); SELECT rtbridge.publish('A')`)
    await uninstallAll(url)
    expect(await dumpDatabase(database)).toEqual(before)
  })

  test('what is not installed does nothing', async () => {
    const before = await dumpDatabase(database)
    await uninstallAll(url)
    await uninstallAll(url, true)
    expect(await dumpDatabase(database)).toEqual(before)
  })

  test('finds triggers wherever their tables are now, under whatever name', async () => {
    const before = await dumpDatabase(database)
    await install(url, choice)
    await database.query(`
      ALTER TRIGGER "!rtbridge_insert" ON sales.booking RENAME TO renamed;
      ALTER TABLE sales.booking RENAME TO b2; ALTER TABLE sales.b2 SET SCHEMA public;
      ALTER TABLE trip DETACH PARTITION trip_1`)
    await uninstallAll(url)
    await database.query(`
      ALTER TABLE b2 SET SCHEMA sales; ALTER TABLE sales.b2 RENAME TO booking;
      ALTER TABLE trip ATTACH PARTITION trip_1 FOR VALUES IN (1)`)
    expect(await dumpDatabase(database)).toEqual(before)
  })

  test('can keep the journal: the triggers are gone, what happened stays', async () => {
    await install(url, choice)
    const [inserted] = await journalLines(database, 'INSERT INTO sales.booking VALUES (5, 5)')
    await uninstallAll(url, true)
    expect(await journalLines(database, 'DELETE FROM sales.booking WHERE id = 5')).toEqual([])
    expect(inserted).toBe('INSERT sales.booking {"id": 5, "seats": 5}')
    const { rows } = await database.query('SELECT new_row FROM rtbridge.journal')
    expect(rows).toHaveLength(1)
    const { rows: triggers } = await database.query(
      `SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1`,
    )
    expect(triggers).toEqual([{ tgname: 'theirs' }])
    const { steps } = await makePlan(await openAdmin(url), choice)
    expect(steps.map(step => (step.kind === 'capture' ? step.target.name : step.kind))).toEqual([
      'canary',
      'trip',
      'booking',
    ])
  })

  test('under load fails no write, and a hub that reads says what is missing', async () => {
    await install(url, choice)
    const { states } = await openTestCapture(url, { safetyReadMs: 20 })
    const stop = new AbortController()
    onTestFinished(() => stop.abort())
    const clients = await Promise.all([1, 2, 3, 4].map(() => openClient(url)))
    let written = 0
    const writers = clients.map(async (client, writer) => {
      for (let i = 0; !stop.signal.aborted; i++) {
        const id = 1_000 + writer * 100_000 + i
        await client.query('INSERT INTO sales.booking VALUES ($1, 1)', [id])
        await client.query('BEGIN')
        await client.query('UPDATE sales.booking SET seats = 2 WHERE id = $1', [id])
        await client.query('INSERT INTO trip VALUES ($1, 1)', [id])
        await client.query('COMMIT')
        written++
      }
    })
    await waitFor(() => written > 20)
    await uninstallAll(url)
    const before = written
    await waitFor(() => written > before + 20)
    stop.abort()
    await expect(Promise.all(writers)).resolves.toBeDefined()
    await waitFor(() => states.includes('RTB_INSTALL_MISSING'))
  })
})
