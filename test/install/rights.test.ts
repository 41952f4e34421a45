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
      ALTER TABLE archive OWNER TO ${owner.name};
      REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON archive FROM ${owner.name}`)
    for (const maxRowBytes of [1_048_576, 4_096]) {
      expect((await install(owner.url, { archive: { maxRowBytes } })).steps).not.toEqual([])
    }
    await uninstallAll(owner.url)
    expect(await dumpSchemas(database, ['rtbridge'])).toEqual([])
  })
})
