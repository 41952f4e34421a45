import { expect, test } from 'vitest'
import { installFiles } from '../../src/database/sql-file.ts'
import { readCatalogue } from '../../src/install/catalogue.ts'
import { renderScript } from '../../src/install/statements.ts'
import { uninstallScript } from '../../src/install/uninstall.ts'
import { journalLines } from '../capture/journal-entries.ts'
import { openTestCapture } from '../support/capture-fixture.ts'
import { describeEachMajor } from '../support/describe-each-major.ts'
import { openClient } from '../support/open-client.ts'
import { dumpDatabase } from './dump-schema.ts'
import { install, makePlan, openAdmin, uninstallAll } from './install-fixture.ts'

/** As psql runs a script: its own commands (a backslash at the start of a line) never reach the server. */
function withoutPsqlCommands(script: string): string {
  return script.replace(/^\\.*$/gm, '')
}

describeEachMajor('the script for psql', async database => {
  const { url } = database
  await database.query(`
    CREATE TABLE booking (id int PRIMARY KEY, seats int, pin text);
    CREATE TABLE "it's \\ odd" (id int PRIMARY KEY, "a\\b'c" text);
    CREATE TABLE trip (id int, day int, PRIMARY KEY (id, day)) PARTITION BY LIST (day);
    CREATE TABLE trip_1 PARTITION OF trip FOR VALUES IN (1);
  `)
  const choice = {
    booking: { exclude: ['pin'] },
    '"it\'s \\ odd"': { exclude: [`a\\b'c`] },
    'trip*': {},
  }

  async function run(script: string): Promise<void> {
    const client = await openClient(url)
    await client.query(withoutPsqlCommands(script))
  }

  const recorded = async () =>
    (await database.query('SELECT name, batch FROM rtbridge.migration ORDER BY id')).rows

  test('makes the same schema, triggers and records as the command', async () => {
    await uninstallAll(url)
    await install(url, choice)
    const [byCommand, records] = [await dumpDatabase(database), await recorded()]
    await uninstallAll(url)
    await run(renderScript(await makePlan(await openAdmin(url), choice)))
    expect(await dumpDatabase(database)).toEqual(byCommand)
    expect(await recorded()).toEqual(records)
  })

  test('leaves nothing for the command to do', async () => {
    expect((await makePlan(await openAdmin(url), choice)).steps).toEqual([])
  })

  test('makes what a hub can read', async () => {
    const capture = await openTestCapture(url)
    await database.query('INSERT INTO booking VALUES (1, 2, 3)')
    const [change] = await capture.received(1)
    expect(change?.newRow).toBe('{"id": 1, "seats": 2}')
  })

  test('of a plan with nothing to do changes nothing', async () => {
    const before = await dumpDatabase(database)
    await run(renderScript(await makePlan(await openAdmin(url), choice)))
    expect(await dumpDatabase(database)).toEqual(before)
  })

  test('leaves the settings of the session as they are', async () => {
    const client = await openClient(url)
    const settings = async () =>
      (
        await client.query(
          `SELECT name, setting FROM pg_settings WHERE name IN ('search_path', 'lock_timeout')`,
        )
      ).rows
    const before = await settings()
    await client.query(
      withoutPsqlCommands(renderScript(await makePlan(await openAdmin(url), { ...choice, booking: {} }))),
    )
    expect(await settings()).toEqual(before)
    await install(url, choice)
  })

  test('does not depend on the search_path of whoever runs it', async () => {
    const plan = await makePlan(await openAdmin(url), choice)
    const full = renderScript({
      ...plan,
      steps: [{ kind: 'migrate', files: installFiles() }, ...plan.steps],
    })
    await uninstallAll(url)
    await database.query(`
      CREATE SCHEMA trap;
      CREATE FUNCTION trap.replace(text, text, text) RETURNS text LANGUAGE sql AS 'SELECT ''trapped''';
      CREATE FUNCTION trap.quote_ident(text) RETURNS text LANGUAGE sql AS 'SELECT ''trapped''';
      CREATE TYPE trap.text AS ENUM ('trapped')`)
    const client = await openClient(url)
    await client.query(`SET search_path = trap, pg_catalog; ${withoutPsqlCommands(full)}`)
    const { rows } = await database.query('SELECT install_id FROM rtbridge.installation')
    expect(rows).toEqual([{ install_id: expect.stringMatching(/^[0-9a-f]{16}$/) }])
    await database.query('DROP SCHEMA trap CASCADE')
  })

  test('to uninstall leaves nothing, or the journal', async () => {
    await uninstallAll(url)
    const clean = await dumpDatabase(database)
    await install(url, choice)
    const admin = await openAdmin(url)
    await run(uninstallScript(await readCatalogue(admin), true))
    expect(await journalLines(database, 'UPDATE booking SET seats = seats + 1')).toEqual([])
    await run(uninstallScript(await readCatalogue(admin), false))
    expect(await dumpDatabase(database)).toEqual(clean)
  })
})
