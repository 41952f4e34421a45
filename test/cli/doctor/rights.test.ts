import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { examine } from '../../../src/cli/doctor/examine.ts'
import { loadConfig } from '../../../src/config/load-config.ts'
import { commandsOfPage } from '../../docs/shell/runners.ts'
import { install, uninstallAll } from '../../install/install-fixture.ts'
import { openTestDaemon } from '../../support/daemon-fixture.ts'
import { createPlainRole } from '../../support/plain-role.ts'
import { createTestDatabase } from '../../support/test-database.ts'
import { waitFor } from '../../support/wait-for.ts'
import { createFolder, runCli } from '../run-cli.ts'

const database = await createTestDatabase()
const owner = await createPlainRole(database, 'owner')
const guest = await createPlainRole(database, 'guest')
const stranger = await createPlainRole(database, 'stranger')
const yaml = 'tables: { shop.sale: }'
await uninstallAll(database.url)
await database.query(`GRANT CREATE ON DATABASE ${database.name} TO ${owner.name}`)
await database.query(`CREATE SCHEMA shop AUTHORIZATION ${owner.name}`)
await database.query(`SET ROLE ${owner.name}; CREATE TABLE shop.sale (id int PRIMARY KEY); RESET ROLE`)
await install(owner.url, { 'shop.sale': {} })

async function look(url: string, check: string) {
  const { config } = loadConfig({
    flags: { config: 'rtbridge.yaml' },
    env: { RTBRIDGE_DATABASE_URL: url },
    cwd: '/',
    readFile: () => Buffer.from(yaml),
  })
  return (await examine(config)).find(({ name }) => name === check)
}

test('with the rights that doctor asks for a hub of another role works, canary included', async () => {
  const findings = (await look(guest.url, 'rights'))?.findings ?? []
  expect(findings).toHaveLength(1)
  for (const { fix } of findings) await database.query(fix ?? '')
  expect(await look(guest.url, 'rights')).toMatchObject({ state: 'ok' })
  // Rows that jsonb cannot express are read by their key.
  const mayReadAll = `has_function_privilege('${guest.name}', 'rtbridge.key_of(text, record)', 'EXECUTE')`
  expect((await database.query(`SELECT ${mayReadAll} AS may`)).rows).toEqual([{ may: true }])
  const { daemon, register } = await openTestDaemon(guest.url, yaml)
  await daemon.live
  await waitFor(() => daemon.status().canary.age_ms !== null)
  expect(daemon.status()).toMatchObject({ state: 'live', problems: [] })
  const client = await register()
  const data = { event_type: 'NOTE', durable: true, idempotency_key: 'k' }
  for (const id of ['first', 'again']) {
    client.sendRaw(JSON.stringify({ message_type: 'custom_event', data, message_id: id }))
    expect((await client.next()).data).toEqual({ in_reply_to: id })
  }
})

test('without SELECT doctor warns of live tables, and what it prints lets them in', async () => {
  // No failure: who uses no live tables leaves the right out. And it is no right that every hub needs.
  expect(await look(guest.url, 'rights')).toMatchObject({ state: 'ok' })
  const diagnosis = await look(guest.url, 'live-tables')
  expect(diagnosis).toMatchObject({
    state: 'warning',
    findings: [
      {
        what: expect.stringContaining(`live tables: ${guest.name} may not SELECT all of shop.sale`),
        fix: `/* for live tables: */ GRANT USAGE ON SCHEMA shop TO ${guest.name}; GRANT SELECT ON shop.sale TO ${guest.name};`,
      },
    ],
  })
  for (const { fix } of diagnosis?.findings ?? []) await database.query(fix ?? '')
  expect(await look(guest.url, 'live-tables')).toMatchObject({ state: 'ok' })
  await database.query('ALTER TABLE shop.sale ENABLE ROW LEVEL SECURITY')
  expect(await look(guest.url, 'live-tables')).toMatchObject({
    findings: [{ fix: `/* for live tables: */ ALTER ROLE ${guest.name} BYPASSRLS;` }],
  })
  await database.query('ALTER TABLE shop.sale DISABLE ROW LEVEL SECURITY')
  await database.query(`REVOKE ALL ON SCHEMA shop FROM ${guest.name}`)
  expect(await look(guest.url, 'live-tables')).toMatchObject({
    findings: [{ fix: `/* for live tables: */ GRANT USAGE ON SCHEMA shop TO ${guest.name};` }],
  })
})

test('the rights that docs/debian.md takes from its output are those of every hub, without a table of the application', async () => {
  const [, script = ''] =
    /rtbridge doctor \| (sed .*?) \| /.exec(commandsOfPage('docs/debian.md').join('\n')) ?? []
  const cwd = await createFolder()
  await writeFile(join(cwd, 'rtbridge.yaml'), yaml)
  const { stdout } = await runCli(['doctor'], { cwd, env: { RTBRIDGE_DATABASE_URL: stranger.url } })
  expect(stdout).toContain(`GRANT SELECT ON shop.sale TO ${stranger.name};`)
  expect(stdout).toContain('may not SELECT all of shop.sale, so the hub refuses these')
  await database.query(execFileSync('sh', ['-c', script], { input: stdout, encoding: 'utf8' }))
  expect(await look(stranger.url, 'rights')).toMatchObject({ state: 'ok' })
  expect(await look(stranger.url, 'live-tables')).toMatchObject({ state: 'warning' })
})

test('with them the hub may look at what install-triggers would do, as docs/upgrade.md says', async () => {
  const cwd = await createFolder()
  await writeFile(join(cwd, 'rtbridge.yaml'), yaml)
  const env = { RTBRIDGE_DATABASE_URL: stranger.url }
  expect(await runCli(['install-triggers', '--check'], { cwd, env })).toMatchObject({ code: 0, stderr: '' })
})

test('a file with the password of the hub does for the owner, who gives a URL of his own', async () => {
  const cwd = await createFolder()
  const url = `database: { url: "postgresql://rtbridge:\${DB_PASSWORD}@127.0.0.1:1/office" }`
  await writeFile(join(cwd, 'rtbridge.yaml'), `${url}\n${yaml}\n`)
  const env = { DB_PASSWORD: '-', RTBRIDGE_DATABASE_URL: owner.url }
  expect(await runCli(['install-triggers', '--check'], { cwd, env })).toMatchObject({ code: 0, stderr: '' })
})

test('tables of the one that installed are well, whoever asks', async () => {
  for (const { url } of [owner, database]) {
    expect(await look(url, 'tables')).toMatchObject({ state: 'ok' })
    expect(await look(url, 'live-tables')).toMatchObject({ state: 'ok' })
  }
})

test('the schema is brought up to date without the right to make one', async () => {
  await database.query(`REVOKE CREATE ON DATABASE ${database.name} FROM ${owner.name}`)
  await database.query(`DELETE FROM rtbridge.migration WHERE name LIKE '0010%'`)
  await install(owner.url, { 'shop.sale': {} })
  expect(await look(owner.url, 'schema')).toMatchObject({ state: 'ok' })
})
