import { expect, test } from 'vitest'
import { runAdminSql } from '../support/admin-sql.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { prepareTemplate } from '../support/prepare-template.ts'
import { connectRawClient } from '../support/raw-client.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

const database = await createTestDatabase()
const role = `${database.name}_hub`
const hubUrl = new URL(database.url)
hubUrl.username = role
hubUrl.password = 'hub'
const failure = /"msg":"failed/

test('desks that cannot resume yet are retried, and the log says so now and then instead of for each', async () => {
  await runAdminSql(database.url, [
    'DROP SCHEMA rtbridge CASCADE',
    `CREATE ROLE ${role} LOGIN PASSWORD 'hub'`,
    `GRANT CREATE ON DATABASE ${database.name} TO ${role}`,
    `CREATE SCHEMA shop AUTHORIZATION ${role}`,
  ])
  await prepareTemplate(hubUrl.href)
  await runAdminSql(hubUrl.href, [
    'CREATE TABLE shop.item (id int PRIMARY KEY)',
    `SELECT rtbridge.capture_table('shop.item', '{id}')`,
    'CREATE TABLE shop.big (id int PRIMARY KEY, text text)',
    `SELECT rtbridge.capture_table('shop.big', '{id}')`,
  ])
  const hub = await openTestDaemon(hubUrl.href, 'tables: { shop.item: {} }\nhub: { tail: 64KiB }')
  const { registered } = await hub.register()
  // What the desks missed is no longer in the hub's memory, so that they need the journal.
  await database.query('INSERT INTO shop.item VALUES (1)')
  await database.query(`INSERT INTO shop.big SELECT n, repeat('long', 100) FROM generate_series(1, 1000) n`)
  await waitFor(() => Number(Object(hub.daemon.status().capture).changes) >= 1_001)
  await database.query(`ALTER ROLE ${role} CONNECTION LIMIT 0`)
  const desks = await Promise.all(Array.from({ length: 20 }, () => connectRawClient(hub.url)))
  for (const desk of desks) {
    desk.send('register', { app_name: 'desk', resume: registered['cursor'] })
  }
  await waitFor(() => hub.log.some(line => failure.test(line)))
  await database.query(`ALTER ROLE ${role} CONNECTION LIMIT -1`)
  for (const desk of desks) {
    expect((await desk.next('registered')).data).toMatchObject({ resumed: 'resumed' })
    await desk.next(message => message.data['id'] === '1' && message.data['table'] === 'shop.item')
  }
  const levels = hub.log.filter(line => failure.test(line)).map(line => JSON.parse(line).level as unknown)
  expect(levels).toEqual(['warn'])
})
