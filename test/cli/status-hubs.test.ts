import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openTestDaemon, type TestDaemon } from '../support/daemon-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'
import { createFolder, runCli } from './run-cli.ts'

const database = await createTestDatabase()
const yaml = 'tables: { orders: { events: { ORDER_CREATED: { on: insert } } } }'
await database.query('CREATE TABLE orders (id int PRIMARY KEY)')
await installTables(database, yaml)

/** `rtbridge status` with the configuration of a hub. */
async function status({ daemon }: TestDaemon, ...args: string[]) {
  return statusWith(yaml, daemon.port, args)
}

async function statusWith(rules: string, port: number, args: readonly string[] = []) {
  const cwd = await createFolder()
  await writeFile(join(cwd, 'rtbridge.yaml'), rules)
  const env = {
    RTBRIDGE_DATABASE_URL: database.url,
    RTBRIDGE_HUB_HOST: '127.0.0.1',
    RTBRIDGE_HUB_PORT: String(port),
  }
  return runCli(['status', ...args], { cwd, env })
}

test('status shows the canary and the other hubs, and a hub with other rules as a problem with a hint', async () => {
  const hub = await openTestDaemon(database.url, yaml)
  await waitFor(() => hub.daemon.status().canary.age_ms !== null)
  const content = await status(hub)
  expect(content.code).toBe(0)
  expect(content.stdout).toMatch(/^canary {4}came round [\d.]+ m?s(?:ec)? ago, in [\d.]+ m?s(?:ec)?$/m)
  const other = await openTestDaemon(database.url, yaml.replace('insert', 'update'))
  await waitFor(() => hub.daemon.status().hubs.length === 1)
  const { code, stdout } = await status(hub)
  expect(code).toBe(5)
  expect(stdout).toMatch(
    /^degraded: other hubs of this database run with other rules: 127\.0\.0\.1:\d+\n {2}hint: /,
  )
  expect(stdout).toContain(`others    127.0.0.1:${other.daemon.port}, version `)
  const json = JSON.parse((await status(hub, '--json')).stdout)
  expect(json).toMatchObject({
    state: 'degraded',
    problems: [
      { what: expect.stringContaining('other rules'), hint: expect.stringContaining('rtbridge.yaml') },
    ],
    hub: { health: { hubs: [{ same_rules: false }] } },
  })
})

test('status says that changes do not come through, and what to do', async () => {
  const hub = await openTestDaemon(
    database.url,
    `${yaml}\ncapture: { canary: 150ms, canary_timeout: 1500ms, safety_read: 100ms }`,
  )
  await database.query('ALTER TABLE rtbridge.canary DISABLE TRIGGER USER')
  onTestFinished(async () => {
    await database.query('ALTER TABLE rtbridge.canary ENABLE TRIGGER USER')
  })
  await waitFor(() => hub.daemon.status().problems.length > 0)
  const { code, stdout } = await status(hub)
  expect(code).toBe(5)
  // The catalogue says the same: the canary is one of the tables that install-triggers mends.
  expect(stdout).toMatch(/^down: 1 difference between/)
  expect(stdout).toContain('- capture rtbridge.canary (trigger !rtbridge_delete is disabled')
  expect(stdout).toMatch(/also: the canary was committed, .*\n {2}try: rtbridge install-triggers\n/)
})

test('install-triggers mends the canary, whatever tables it was called for', async () => {
  const hub = await openTestDaemon(
    database.url,
    `${yaml}\ncapture: { canary: 150ms, canary_timeout: 1500ms, safety_read: 100ms }`,
  )
  await database.query('DROP TRIGGER "!rtbridge_update" ON rtbridge.canary')
  await waitFor(() => hub.daemon.status().problems.length > 0)
  const cwd = await createFolder()
  await writeFile(join(cwd, 'rtbridge.yaml'), yaml)
  const env = { RTBRIDGE_DATABASE_URL: database.url }
  const { code } = await runCli(['install-triggers', '--table', 'orders'], { cwd, env })
  expect(code).toBe(0)
  await waitFor(() => hub.daemon.status().state === 'live')
})

test('status is content with a hub that has no rules, and does not call what it cannot compare equal', async () => {
  const hub = await openTestDaemon(database.url, '')
  await waitFor(() => hub.daemon.status().canary.age_ms !== null)
  expect(await statusWith('', hub.daemon.port)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('1 table captured, as configured'),
  })
  const missing = await statusWith('tables: { orders: , lost: }', hub.daemon.port)
  expect(missing).toMatchObject({
    code: 5,
    stdout: expect.stringContaining('not compared with the configuration'),
  })
})

test.each([
  [
    'fr',
    /^bien: hub sur 127\.0\.0\.1:\d+ en direct, 0 client, 1 table sous capture\n/,
    /^base {6}PostgreSQL/m,
  ],
  [
    'ar',
    /^سليم: الخادم على 127\.0\.0\.1:\d+ يعمل مباشرةً، بلا عملاء، جدول واحد تحت المتابعة\n/,
    /^الخادم {4}يعمل.*، يسمع الجرس/m,
  ],
])(
  'status speaks the language that is asked for, and JSON is English in each: %s',
  async (lang, verdict, row) => {
    const hub = await openTestDaemon(database.url, yaml)
    await waitFor(() => hub.daemon.status().canary.age_ms !== null)
    const { code, stdout } = await status(hub, '--lang', lang)
    expect(code).toBe(0)
    expect(stdout).toMatch(verdict)
    expect(stdout).toMatch(row)
    const { summary } = JSON.parse((await status(hub, '--lang', lang, '--json')).stdout)
    expect(summary).toMatch(/^hub on 127\.0\.0\.1:\d+ live, 0 clients, 1 table captured$/)
  },
)

test.each([
  [{ LANG: 'fr_FR.UTF-8' }, 'aucun hub ne répond'],
  [{ LANG: 'fr_FR.UTF-8', LC_ALL: 'C' }, 'no hub answers'],
  [{ LANG: 'fr_FR.UTF-8', RTBRIDGE_LANG: 'ar' }, 'لا خادم يجيب'],
  [{ LANG: 'de_DE.UTF-8' }, 'no hub answers'],
])('status takes the language of the surroundings: %o', async (variables, said) => {
  const env = { ...variables, RTBRIDGE_DATABASE_URL: database.url, RTBRIDGE_HUB_PORT: '1' }
  expect((await runCli(['status'], { env })).stdout).toContain(said)
})
