import { expect, test } from 'vitest'
import { checkSchema } from '../../src/install/check-schema.ts'
import { journalLines } from '../capture/journal-entries.ts'
import { describeEachMajor } from '../support/describe-each-major.ts'
import { createPlainRole } from '../support/plain-role.ts'
import { dumpDatabase } from './dump-schema.ts'
import { install, makePlan, openAdmin, uninstallAll } from './install-fixture.ts'

describeEachMajor('installing', async (database, major) => {
  const { url } = database
  await database.query(`
    CREATE TABLE booking (id int PRIMARY KEY, seats int, pin text);
    CREATE TABLE trip (id int, day int, PRIMARY KEY (id, day)) PARTITION BY LIST (day);
    CREATE TABLE trip_1 PARTITION OF trip FOR VALUES IN (1);
    CREATE TABLE trip_2 PARTITION OF trip FOR VALUES IN (2);
  `)
  const reasons = async (choice: Parameters<typeof install>[1]) =>
    (await install(url, choice)).steps.map(step => (step.kind === 'migrate' ? 'migrate' : step.reason))

  test('into an empty database makes the schema, then nothing more', async () => {
    await uninstallAll(url)
    const admin = await openAdmin(url)
    await expect(checkSchema(admin)).rejects.toMatchObject({ code: 'RTB_INSTALL_MISSING' })
    expect(await reasons({ booking: { exclude: ['pin'] } })).toEqual(['migrate', 'not captured yet'])
    await expect(checkSchema(admin)).resolves.toBeUndefined()
    const before = await dumpDatabase(database)
    expect(await reasons({ booking: { exclude: ['pin'] } })).toEqual([])
    expect(await dumpDatabase(database)).toEqual(before)
  })

  test('changes what the configuration changed, and only that', async () => {
    expect(await reasons({ booking: { exclude: ['pin'] }, trip: {} })).toEqual(['not captured yet'])
    expect(await reasons({ booking: { exclude: ['pin'], maxRowBytes: 4_096 }, trip: {} })).toEqual([
      'the largest row has changed',
    ])
    expect(await reasons({ booking: {}, trip: {} })).toEqual(['the excluded columns have changed'])
    expect(await reasons({ booking: {} })).toEqual(['no longer configured'])
    expect(await journalLines(database, 'INSERT INTO trip VALUES (1, 1)')).toEqual([])
  })

  test('takes its condition off a trigger of an earlier version, whose events were the same', async () => {
    await install(url, { booking: {} })
    const { rows } = await database.query<{ made: string }>(
      `SELECT pg_get_triggerdef(oid) AS made FROM pg_trigger WHERE tgrelid = 'booking'::regclass AND tgname = '!rtbridge_update'`,
    )
    const made = rows[0]?.made ?? ''
    const condition = 'WHEN (OLD.* OPERATOR(pg_catalog.*<>) NEW.*)'
    await database.query(`
      DROP TRIGGER "!rtbridge_update" ON booking;
      ${made.replace('EXECUTE', `${condition} EXECUTE`)}`)
    const written = () =>
      journalLines(
        database,
        'DELETE FROM booking; INSERT INTO booking VALUES (1, 1); UPDATE booking SET seats = 1; UPDATE booking SET seats = 2',
      )
    await written()
    const before = await written()
    expect(before.filter(line => line.startsWith('UPDATE'))).toHaveLength(1)
    expect(await reasons({ booking: {} })).toEqual([])
    const { steps } = await install(url, { booking: {} }, { renew: true })
    expect(steps).toMatchObject([{ reason: 'its triggers are of an earlier, slower kind' }])
    expect(await written()).toEqual(before)
    expect((await install(url, { booking: {} }, { renew: true })).steps).toEqual([])
  })

  test('leaves triggers that fire for a subscription, too, as they were', async () => {
    await install(url, { booking: {}, trip: {} })
    await database.query(`DO $$ DECLARE ours record; BEGIN
      FOR ours IN SELECT tgrelid::regclass AS on_table, tgname FROM pg_trigger
        WHERE tgrelid IN ('booking'::regclass, 'trip'::regclass) AND tgname LIKE '!rtbridge%' LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', ours.on_table, ours.tgname);
      END LOOP; END $$`)
    const replicated = async () => {
      const work = `
        SET session_replication_role = replica;
        DELETE FROM booking; DELETE FROM trip; INSERT INTO booking VALUES (1, 1); INSERT INTO trip VALUES (1, 1);
        RESET session_replication_role`
      return (await journalLines(database, work)).filter(line => line.startsWith('INSERT'))
    }
    const lines = ['INSERT booking {"id": 1, "pin": null, "seats": 1}', 'INSERT trip {"id": 1, "day": 1}']
    expect(await replicated()).toEqual(lines)
    const changed = { maxRowBytes: 4_096 }
    const { steps } = await install(url, { booking: changed, trip: changed })
    expect(steps).toHaveLength(2)
    expect(await replicated()).toEqual(lines)
    await install(url, {})
    await install(url, { booking: {}, trip: {} })
    expect(await replicated()).toEqual([])
    await install(url, { booking: {} })
  })

  test('leaves those of a partition that a subscription writes to, its own for TRUNCATE among them', async () => {
    await install(url, { booking: {}, trip: {} })
    await database.query(`DO $$ DECLARE ours name; BEGIN
      EXECUTE format('CREATE TRIGGER "!rtbridge_truncate" AFTER TRUNCATE ON trip_1 EXECUTE FUNCTION rtbridge.capture_truncate(%L)',
        (SELECT min(substring(tgname FROM '[0-9]+$')) FROM pg_trigger WHERE tgrelid = 'trip'::regclass));
      FOR ours IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'trip_1'::regclass AND tgname LIKE '!rtbridge%' LOOP
        EXECUTE format('ALTER TABLE trip_1 ENABLE ALWAYS TRIGGER %I', ours);
      END LOOP; END $$`)
    const { steps } = await install(url, { booking: {}, trip: { maxRowBytes: 4_096 } })
    expect(steps).toMatchObject([{ reason: 'the largest row has changed' }])
    const { rows } = await database.query(`
      SELECT tgrelid::regclass::text AS "on", count(*)::int AS n FROM pg_trigger
      WHERE tgname LIKE '!rtbridge%' AND tgenabled = 'A' GROUP BY 1`)
    expect(rows).toEqual([{ on: 'trip_1', n: 4 }])
    await install(url, { booking: {} })
  })

  test('gives a registration that comes back its old id', async () => {
    await install(url, { booking: {} })
    const ids = 'SELECT count(*)::int AS n FROM rtbridge.captured_table'
    const { rows: before } = await database.query(ids)
    await install(url, {})
    await install(url, { booking: {} })
    expect((await database.query(ids)).rows).toEqual(before)
  })

  test('captures a partitioned table with its partitions once, whatever else the pattern matches', async () => {
    await install(url, { '*': {} })
    expect(
      await journalLines(database, 'INSERT INTO trip VALUES (2, 1); INSERT INTO trip_2 VALUES (3, 2)'),
    ).toEqual(['INSERT trip {"id": 2, "day": 1}', 'INSERT trip {"id": 3, "day": 2}'])
  })

  test('hands a partition that was captured by itself over to its root, and back', async () => {
    const written = async () => {
      const lines = await journalLines(database, 'DELETE FROM trip; INSERT INTO trip VALUES (1, 1), (2, 2)')
      return lines.filter(line => line.startsWith('INSERT'))
    }
    const throughRoot = ['INSERT trip {"id": 1, "day": 1}', 'INSERT trip {"id": 2, "day": 2}']
    await install(url, { trip_1: {} })
    expect(await written()).toEqual(['INSERT trip_1 {"id": 1, "day": 1}'])
    await install(url, { 'trip*': {} })
    expect(await written()).toEqual(throughRoot)
    await install(url, { 'trip_*': {} })
    expect(await written()).toEqual([
      'INSERT trip_1 {"id": 1, "day": 1}',
      'INSERT trip_2 {"id": 2, "day": 2}',
    ])
  })

  test('does not keep a table that is captured from being attached to one that is', async () => {
    await database.query('CREATE TABLE trip_3 (id int NOT NULL, day int NOT NULL)')
    await install(url, { 'trip*': {} })
    await database.query('ALTER TABLE trip ATTACH PARTITION trip_3 FOR VALUES IN (3)')
    const insert = () => journalLines(database, 'DELETE FROM trip_3; INSERT INTO trip VALUES (3, 3)')
    const twice = ['INSERT trip {"id": 3, "day": 3}', 'INSERT trip_3 {"id": 3, "day": 3}']
    expect((await insert()).sort()).toEqual(twice)
    expect(await reasons({ 'trip*': {} })).toEqual(['no longer configured'])
    expect((await insert()).filter(line => line.startsWith('INSERT'))).toEqual(twice.slice(0, 1))
  })

  test('repairs a table that was dropped and created anew', async () => {
    await install(url, { booking: {} })
    await database.query('DROP TABLE booking; CREATE TABLE booking (id int PRIMARY KEY, seats int, pin text)')
    expect(await reasons({ booking: {} })).toEqual(['the table was created anew'])
    expect(await journalLines(database, 'INSERT INTO booking VALUES (1)')).toHaveLength(1)
  })

  test('repairs a trigger that was dropped or disabled', async () => {
    await database.query('DROP TRIGGER "!rtbridge_insert" ON booking')
    expect(await reasons({ booking: {} })).toEqual(['a trigger is missing'])
    await database.query('ALTER TABLE booking DISABLE TRIGGER ALL')
    expect(await reasons({ booking: {} })).toEqual(['trigger !rtbridge_delete is disabled'])
    await database.query('ALTER TABLE booking ENABLE REPLICA TRIGGER "!rtbridge_update"')
    expect(await reasons({ booking: {} })).toEqual(['trigger !rtbridge_update is disabled'])
    expect(await journalLines(database, 'UPDATE booking SET seats = 5')).toHaveLength(1)
  })

  test('repairs a trigger that was disabled on a partition only', async () => {
    await install(url, { trip: {}, booking: {} })
    await database.query('ALTER TABLE trip_2 DISABLE TRIGGER USER')
    expect(await reasons({ trip: {}, booking: {} })).toEqual([
      expect.stringMatching(/^trigger !rtbridge_delete_\d+ is disabled$/),
    ])
    expect(await journalLines(database, 'INSERT INTO trip VALUES (50, 2)')).toHaveLength(1)
  })

  test('follows a table that was renamed, and a key that was changed', async () => {
    await database.query('ALTER TABLE booking RENAME TO reservation')
    expect(await reasons({ reservation: {} })).toEqual(['the table was renamed', 'no longer configured'])
    await database.query('ALTER TABLE reservation DROP CONSTRAINT booking_pkey, ADD PRIMARY KEY (id, seats)')
    expect(await reasons({ reservation: {} })).toEqual(['its primary key has changed'])
    await database.query('ALTER TABLE reservation RENAME TO booking')
    await install(url, { booking: {} })
  })

  test('follows a key whose type was changed to one that sessions print as they like, and back', async () => {
    await database.query('CREATE TABLE visit (at timestamp PRIMARY KEY, seats int)')
    await install(url, { visit: {} })
    const write = `SET LOCAL TimeZone = 'Asia/Tokyo'; INSERT INTO visit VALUES ('2026-01-01 09:00+00')`
    for (const [type, printed] of [
      ['timestamptz', '"2026-01-01T09:00:00+00:00"'],
      ['timestamp', '"2026-01-01T09:00:00"'],
    ]) {
      await database.query(`TRUNCATE visit; ALTER TABLE visit ALTER COLUMN at TYPE ${type}`)
      expect(await reasons({ visit: {} })).toEqual(['the type of its primary key has changed'])
      expect(await reasons({ visit: {} })).toEqual([])
      expect(await journalLines(database, write)).toEqual([`INSERT visit {"at": ${printed}, "seats": null}`])
    }
    await install(url, { booking: {} })
    await database.query('DROP TABLE visit')
  })

  test('takes the key from the primary key in its order, without the columns it only includes', async () => {
    await database.query('CREATE TABLE pair (a int, b int, c int, PRIMARY KEY (b, a) INCLUDE (c))')
    const plan = await makePlan(await openAdmin(url), { pair: {} })
    expect(plan.steps[0]).toMatchObject({ target: { keyColumns: ['b', 'a'] } })
  })

  test.runIf(major >= 18)('leaves out a virtual column rather than journalling it as null', async () => {
    await database.query(
      'CREATE TABLE area (id int PRIMARY KEY, w int, h int, size int GENERATED ALWAYS AS (w * h) VIRTUAL)',
    )
    await install(url, { area: {} })
    expect(await journalLines(database, 'INSERT INTO area VALUES (1, 2, 3); UPDATE area SET w = 4')).toEqual([
      'INSERT area {"h": 3, "w": 2, "id": 1}',
      'UPDATE area {"h": 3, "w": 2, "id": 1} -> {"h": 3, "w": 4, "id": 1}',
    ])
  })

  test('by several programs at the same time ends as by one', async () => {
    await uninstallAll(url)
    await Promise.all([1, 2, 3, 4].map(() => install(url, { booking: {}, trip: {} })))
    const admin = await openAdmin(url)
    expect((await makePlan(admin, { booking: {}, trip: {} })).steps).toEqual([])
    await expect(checkSchema(admin)).resolves.toBeUndefined()
  })

  test('by several programs that disagree never fails, and leaves one of their settings', async () => {
    for (let round = 0; round < 3; round++) {
      await install(url, {})
      await Promise.all(
        [256, 512, 1_024, 2_048].map(maxRowBytes => install(url, { booking: { maxRowBytes } })),
      )
    }
    const { rows } = await database.query(
      `SELECT count(*)::int AS n, count(DISTINCT tgargs)::int AS settings FROM pg_trigger
       WHERE tgrelid = 'booking'::regclass AND tgtype & 1 > 0 AND NOT tgisinternal`,
    )
    expect(rows).toEqual([{ n: 3, settings: 1 }])
  })

  test('refuses a table of another role, names its owner, and changes nothing', async () => {
    await database.query(`CREATE SCHEMA of_app AUTHORIZATION ${app.name}`)
    await database.query(`SET ROLE ${app.name}; CREATE TABLE of_app.mine (id int PRIMARY KEY); RESET ROLE`)
    await database.query(`ALTER TABLE of_app.mine OWNER TO ${other.name}`)
    await database.query(
      `GRANT ALL ON SCHEMA rtbridge TO ${app.name}; GRANT ALL ON ALL TABLES IN SCHEMA rtbridge TO ${app.name}`,
    )
    const before = await dumpDatabase(database)
    await expect(install(app.url, { booking: {}, trip: {}, 'of_app.mine': {} })).rejects.toMatchObject({
      code: 'RTB_INSTALL_NOT_OWNER',
      message: expect.stringContaining(other.name),
      hint: expect.stringContaining(`GRANT ${other.name} TO ${app.name}`),
    })
    expect(await dumpDatabase(database)).toEqual(before)
  })

  test('refuses a schema that a newer program made, and leaves it', async () => {
    await database.query(`INSERT INTO rtbridge.migration (name) VALUES ('9999_future.sql')`)
    const failed = { code: 'RTB_INSTALL_NEWER' }
    await expect(install(url, { booking: {} })).rejects.toMatchObject(failed)
    await expect(checkSchema(await openAdmin(url))).rejects.toMatchObject(failed)
    await database.query(`DELETE FROM rtbridge.migration WHERE name = '9999_future.sql'`)
  })

  test('brings an older schema up to date', async () => {
    await uninstallAll(url)
    await install(url, { booking: {} })
    const before = await dumpDatabase(database)
    await database.query(`
      DROP FUNCTION rtbridge.publish(text, jsonb, text), rtbridge.capture_table(regclass, text[], text[], int);
      DROP FUNCTION rtbridge.release_table(regclass), rtbridge.drop_triggers(regclass);
      DROP FUNCTION rtbridge.write_row_functions(int), rtbridge.drop_unused_row_functions();
      DROP FUNCTION rtbridge.redirect_partitions(regclass, int);
      DROP TABLE rtbridge.canary, rtbridge.server_run, rtbridge.revocation, rtbridge.revocation_state;
      DROP TABLE rtbridge.publish_key;
      DROP FUNCTION rtbridge.publish_once(text, jsonb, text, bytea), rtbridge.prune_publish_keys(int);
      DROP FUNCTION rtbridge.row_function_settings(rtbridge.captured_table), rtbridge.tell_gap(), rtbridge.lock_tree(regclass);
      ALTER TABLE rtbridge.installation DROP COLUMN whole_since_xid, DROP COLUMN whole_since;
      ALTER TABLE rtbridge.retention DROP COLUMN lost_xid;
      DELETE FROM rtbridge.migration WHERE name >= '0005'`)
    await expect(checkSchema(await openAdmin(url))).rejects.toMatchObject({ code: 'RTB_INSTALL_OUTDATED' })
    expect(await reasons({ booking: {} })).toEqual(['migrate'])
    // The canary's table is captured anew and gets another id.
    expect(withoutIds(await dumpDatabase(database))).toEqual(withoutIds(before))
  })

  test('adds what this version brought, keeps the rights that were given before, and gives none to what is new', async () => {
    const grants = async () => (await dumpDatabase(database)).filter(line => line.startsWith('grant'))
    await database.query(`
      DROP TABLE rtbridge.publish_key;
      DROP FUNCTION rtbridge.publish_once(text, jsonb, text, bytea), rtbridge.prune_publish_keys(int);
      DROP FUNCTION rtbridge.row_function_settings(rtbridge.captured_table), rtbridge.tell_gap(), rtbridge.lock_tree(regclass);
      ALTER TABLE rtbridge.installation DROP COLUMN whole_since_xid, DROP COLUMN whole_since;
      ALTER TABLE rtbridge.retention DROP COLUMN lost_xid;
      DELETE FROM rtbridge.migration WHERE name >= '0011';
      GRANT SELECT, DELETE ON rtbridge.journal TO ${other.name};
      ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO ${other.name};
      ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO ${other.name}`)
    const before = await grants()
    expect(await reasons({ booking: {} })).toEqual(['migrate'])
    expect(await grants()).toEqual(before)
    expect(before).toContain(`grant relation rtbridge.journal SELECT to ${other.name}`)
    await database.query(`
      ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM ${other.name};
      ALTER DEFAULT PRIVILEGES REVOKE ALL ON FUNCTIONS FROM ${other.name}`)
  })

  test('refuses a schema named rtbridge that somebody else made, and takes an empty one', async () => {
    await uninstallAll(url)
    await database.query('CREATE SCHEMA rtbridge; CREATE TABLE rtbridge.theirs (n int)')
    await expect(install(url, {})).rejects.toMatchObject({ code: 'RTB_INSTALL_FOREIGN_SCHEMA' })
    await database.query('DROP TABLE rtbridge.theirs')
    expect(await reasons({ booking: {} })).toEqual(['migrate', 'not captured yet'])
  })

  test('works for a role that owns the tables and nothing else', async () => {
    await uninstallAll(url)
    await database.query(`GRANT CREATE ON DATABASE ${database.name} TO ${app.name}`)
    await database.query(`CREATE SCHEMA shop AUTHORIZATION ${app.name}`)
    await database.query(`SET ROLE ${app.name}; CREATE TABLE shop.sale (id int PRIMARY KEY); RESET ROLE`)
    await install(app.url, { 'shop.sale': {} })
    expect(await journalLines(database, 'INSERT INTO shop.sale VALUES (1)')).toEqual([
      'INSERT shop.sale {"id": 1}',
    ])
    await uninstallAll(app.url)
    await database.query(`REVOKE CREATE ON DATABASE ${database.name} FROM ${app.name}`)
    await expect(install(app.url, { 'shop.sale': {} })).rejects.toMatchObject({
      code: 'RTB_INSTALL_NO_CREATE',
      hint: `as the owner of the database: GRANT CREATE ON DATABASE "${database.name}" TO "${app.name}"`,
    })
  })

  const app = await createPlainRole(database, 'app')
  const other = await createPlainRole(database, 'other')
})

/** The canary's table is a new one, so its registration is, too. */
function withoutIds(dump: readonly string[]): string[] {
  return (
    dump
      .filter(line => !/^function rtbridge\.capture_\d/.test(line))
      .map(line => line.replace(/(ON rtbridge\.canary .*?)(capture_\d+_|capture_truncate).*/, '$1'))
      // A column that is taken away leaves its number behind.
      .map(line => line.replace(/^(column rtbridge\.\w+) \d+ (whole_since|lost_xid)/, '$1 $2'))
  )
}
