import { expect, test } from 'vitest'
import { startServer } from '../../support/start-server.ts'
import { createAilingDatabase } from './ailing-database.ts'

const server = await startServer({ prepare: false })

test('a table that was renamed is named with its new name, by install-triggers --check too', async () => {
  const database = await createAilingDatabase(server)
  await database.sql('ALTER TABLE notes RENAME TO remarks')
  expect(await database.look('tables')).toMatchObject({
    state: 'problem',
    found: expect.stringContaining('table notes does not exist'),
    findings: [{ fix: 'did you mean remarks?' }],
  })
  const { stderr } = await database.run('install-triggers', '--check')
  expect(stderr).toContain('table notes does not exist')
  expect(stderr).toContain('did you mean remarks?')
})

test('a table that was dropped is named', async () => {
  const database = await createAilingDatabase(server)
  await database.sql('DROP TABLE orders')
  expect(await database.look('tables')).toMatchObject({
    state: 'problem',
    found: expect.stringContaining('table orders does not exist (RTB_INSTALL_TABLE_MISSING)'),
  })
})

test('an excluded column that is no longer there is named', async () => {
  const database = await createAilingDatabase(server)
  await database.sql('ALTER TABLE orders RENAME pin TO code')
  expect(await database.look('tables')).toMatchObject({
    state: 'problem',
    found: expect.stringContaining('cannot exclude column pin: the table has no such column'),
    findings: [{ fix: expect.stringContaining('correct `exclude`') }],
  })
})

test('a table without a key stays a warning: its events have no id', async () => {
  const database = await createAilingDatabase(server)
  await database.sql('ALTER TABLE orders DROP CONSTRAINT orders_pkey')
  await database.applyFixes('tables')
  expect(await database.look('tables')).toMatchObject({
    state: 'warning',
    found: expect.stringContaining('orders has no primary key'),
  })
})

test('a detached partition is named, until it is attached again', async () => {
  const database = await createAilingDatabase(server)
  await database.sql(
    'ALTER TABLE visits DETACH PARTITION visits_1',
    'DROP TRIGGER "!rtbridge_truncate" ON visits_1',
  )
  expect(await database.look('kin')).toMatchObject({
    state: 'warning',
    found: expect.stringContaining('public.visits_1 has the columns of public.visits and is not captured'),
  })
  await database.sql(
    `ALTER TABLE visits ATTACH PARTITION visits_1 FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')`,
  )
  expect((await database.look('kin')).found).not.toContain('has the columns of')
})

test('a detached partition that kept a trigger for its TRUNCATE is a difference', async () => {
  const database = await createAilingDatabase(server)
  await database.sql('ALTER TABLE visits DETACH PARTITION visits_1')
  expect(await database.look('tables')).toMatchObject({
    found: expect.stringContaining('release visits_1 (no longer configured)'),
  })
})

test('partitions whose TRUNCATE is not seen are one warning for their table, with a statement for each', async () => {
  const database = await createAilingDatabase(server)
  await database.sql(
    `CREATE TABLE visits_3 PARTITION OF visits FOR VALUES FROM ('2030-01-01') TO ('2030-02-01')`,
    `CREATE TABLE visits_4 PARTITION OF visits FOR VALUES FROM ('2030-02-01') TO ('2030-03-01')`,
  )
  const { found } = await database.look('kin')
  expect(found).toContain(
    'TRUNCATE of any of 2 partitions of public.visits, such as public.visits_3, is not seen',
  )
  await database.applyFixes('kin')
  expect(await database.look('kin')).toMatchObject({ state: 'ok' })
})

test('a table that inherits from a captured one is named', async () => {
  const database = await createAilingDatabase(server)
  await database.sql('CREATE TABLE old_notes () INHERITS (notes)')
  expect(await database.look('kin')).toMatchObject({
    state: 'warning',
    found: 'public.old_notes inherits from public.notes, and its own rows are not captured',
  })
})

test('triggers that fire always are no matter for replica sessions', async () => {
  const database = await createAilingDatabase(server)
  await database.sql(
    `DO $$ DECLARE t record; BEGIN
       FOR t IN SELECT tgrelid::regclass AS name, tgname FROM pg_trigger WHERE tgname LIKE '!rtbridge%' LOOP
         EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', t.name, t.tgname);
       END LOOP;
     END $$`,
    'ALTER DATABASE ailing SET session_replication_role = replica',
  )
  expect(await database.look('replica-sessions')).toMatchObject({ state: 'ok' })
  expect(await database.look('tables')).toMatchObject({ state: 'ok' })
})

test('doctor and install-triggers --check are of one mind about a TRUNCATE trigger of a partition', async () => {
  const database = await createAilingDatabase(server)
  expect((await database.run('install-triggers', '--check')).code).toBe(0)
  // Another registration of its table takes the trigger along.
  await database.sql(`SELECT rtbridge.capture_table('visits', '{id,day}', '{}', 4096)`)
  expect((await database.run('install-triggers')).code).toBe(0)
  expect((await database.run('install-triggers', '--check')).code).toBe(0)
  expect(await database.look('kin')).toMatchObject({ state: 'ok' })
})
