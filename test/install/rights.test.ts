import { expect, test } from 'vitest'
import { describeEachMajor } from '../support/describe-each-major.ts'
import { createPlainRole } from '../support/plain-role.ts'
import { dumpSchemas } from './dump-schema.ts'
import { install, uninstallAll } from './install-fixture.ts'

describeEachMajor('what default privileges would give away', async database => {
  const app = await createPlainRole(database, 'app')

  test('is taken back: nobody but the owner gets at the journal', async () => {
    const grants = async () =>
      (await dumpSchemas(database, ['rtbridge'])).filter(line => line.startsWith('grant'))
    const usual = await grants()
    await uninstallAll(database.url)
    for (const role of [app.name, 'PUBLIC']) {
      for (const kind of ['TABLES', 'SEQUENCES', 'FUNCTIONS', 'SCHEMAS', 'TYPES']) {
        await database.query(`ALTER DEFAULT PRIVILEGES GRANT ALL ON ${kind} TO ${role}`)
      }
    }
    await database.query('CREATE TABLE booking (id int PRIMARY KEY)')
    await install(database.url, { booking: {} })
    expect(await grants()).toEqual(usual)
    expect(usual).toEqual([
      'grant function rtbridge.publish(text,jsonb,text) EXECUTE to everyone',
      'grant schema rtbridge USAGE to everyone',
    ])
  })
})

describeEachMajor('a table that its owner may only read', async database => {
  const owner = await createPlainRole(database, 'owner')

  test('is captured, gets new triggers and loses them like any other', async () => {
    await uninstallAll(database.url)
    await database.query(`
      GRANT CREATE ON DATABASE ${database.name} TO ${owner.name};
      CREATE TABLE archive (id int PRIMARY KEY);
      CREATE TABLE record (id int, day int) PARTITION BY LIST (day);
      CREATE TABLE record_1 PARTITION OF record FOR VALUES IN (1);
      CREATE TABLE record_2 PARTITION OF record FOR VALUES IN (2);
      ALTER TABLE archive OWNER TO ${owner.name};
      ALTER TABLE record OWNER TO ${owner.name};
      ALTER TABLE record_1 OWNER TO ${owner.name};
      ALTER TABLE record_2 OWNER TO ${owner.name};
      REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON archive, record, record_1, record_2 FROM ${owner.name}`)
    for (const maxRowBytes of [1_048_576, 4_096]) {
      const { steps } = await install(owner.url, { archive: { maxRowBytes }, record: { maxRowBytes } })
      expect(steps.filter(({ kind }) => kind === 'capture')).toHaveLength(2)
    }
    await uninstallAll(owner.url)
    expect(await dumpSchemas(database, ['rtbridge'])).toEqual([])
  })
})
