import { expect, test } from 'vitest'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { createPlainRole } from '../support/plain-role.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { installTables } from '../support/wasla-database.ts'

const database = await createTestDatabase()
const hub = await createPlainRole(database, 'hub')
await database.query(`CREATE SCHEMA "Shop"; CREATE TABLE "Shop"."the ""sale""" (id int PRIMARY KEY);
  CREATE TABLE queue (id int PRIMARY KEY)`)
await installTables(database, 'tables: { Shop.*: {}, queue: {} }')
await database.query(`GRANT USAGE ON SCHEMA rtbridge TO ${hub.name};
  GRANT ALL ON ALL TABLES IN SCHEMA rtbridge TO ${hub.name};
  GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA rtbridge TO ${hub.name}`)

test('a hub warns once of each table that it may not read for live tables, with what lets it', async () => {
  const { log, register } = await openTestDaemon(hub.url)
  const client = await register()
  let count = 0
  const ask = async (table: string) => {
    client.send('subscribe', { id: `t${++count}`, tables: [table], snapshot: true })
    const { message_type: type, data } = await client.next(({ message_type: each }) =>
      /error|subscribed/.test(each),
    )
    return type === 'error' ? data['code'] : type
  }
  const shop = 'Shop.the "sale"'
  // In turn: what is told of one does not make the other news.
  for (const table of [shop, 'queue', shop, 'queue']) expect(await ask(table)).toBe('RTB_SNAPSHOT_UNREADABLE')
  const warnings = log.map(line => JSON.parse(line)).filter(({ part }) => part === 'snapshot')
  expect(warnings).toMatchObject([
    {
      level: 'warn',
      table: '"Shop"."the ""sale"""',
      fix: `GRANT USAGE ON SCHEMA "Shop" TO ${hub.name}; GRANT SELECT ON "Shop"."the ""sale""" TO ${hub.name};`,
    },
    { level: 'warn', table: 'public.queue', fix: `GRANT SELECT ON public.queue TO ${hub.name};` },
  ])
  for (const { fix } of warnings) await database.query(fix)
  for (const table of [shop, 'queue']) expect(await ask(table)).toBe('subscribed')
})
