import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'
import { createFolder, startCli } from './run-cli.ts'
import { trace, withSessionOf } from './trace-support.ts'

const yaml = 'tables: { bookings: { events: { MOVED: { on: update, when: new.seat != old.seat } } } }'
const database = await createTestDatabase()
await database.query('CREATE TABLE bookings (id int PRIMARY KEY, seat int)')
await installTables(database, yaml)
await database.query('INSERT INTO bookings VALUES (1, 1), (2, 1), (3, 1), (4, 1)')

/** `rtbridge trace` as a process that says what it waits for. */
async function startTrace(port: number, ...args: string[]) {
  const cwd = await createFolder()
  await writeFile(join(cwd, 'rtbridge.yaml'), yaml)
  const env = {
    RTBRIDGE_DATABASE_URL: database.url,
    RTBRIDGE_HUB_HOST: '127.0.0.1',
    RTBRIDGE_HUB_PORT: String(port),
    RTBRIDGE_AUTH_MODE: 'open',
  }
  return startCli(['trace', ...args], { cwd, env })
}

test('--wait follows the next change of the row, and of no other', async () => {
  const { daemon, register } = await openTestDaemon(database.url, yaml)
  await daemon.live
  await register({ app_name: 'desk' })
  const running = await startTrace(daemon.port, 'bookings', '1', '--wait', '60')
  await running.says(/waiting for the next change of bookings 1/)
  await database.query('UPDATE bookings SET seat = 2 WHERE id = 2')
  await database.query('UPDATE bookings SET seat = 7 WHERE id = 1')
  const { code, stdout } = await running.ended(30_000)
  expect(code).toBe(0)
  expect(stdout).toMatch(/^delivered: it was given to 1 of 1 client\nbookings 1: UPDATE at /)
  expect(stdout).toContain('UPDATE, MOVED made of it')
})

test('--wait sees a change whose transaction began before it waited', async () => {
  await withSessionOf(database, async query => {
    await query('BEGIN')
    await query('UPDATE bookings SET seat = 3 WHERE id = 3')
    const running = await startTrace(1, 'bookings', '3', '--wait', '60')
    await running.says(/waiting for the next change/)
    await query('COMMIT')
    const { stdout } = await running.ended(30_000)
    expect(stdout).toMatch(/^unknown at hub: .*\n.*\nbookings 3: UPDATE at /)
  })
})

test('--wait tells that the row was written and nobody saw it', async () => {
  const running = await startTrace(1, 'bookings', '4', '--wait', '3')
  await running.says(/waiting for the next change/)
  await withSessionOf(database, async query => {
    await query('SET session_replication_role = replica')
    await query('UPDATE bookings SET seat = 9 WHERE id = 4')
  })
  const { code, stdout } = await running.ended(30_000)
  expect(code).toBe(5)
  expect(stdout).toMatch(/^dropped at journal: /)
})

test('--wait ends with what it knows when nothing comes', async () => {
  const answer = await trace({ database, yaml }, 'bookings', '2', '--wait', '0.1')
  expect(answer).toMatchObject({ code: 5, state: 'waiting', at: 'journal' })
  expect(answer.summary).toBe('nobody has changed the row within 0.1 s, or not committed it')
})

test('--follow tells of every next change, until it is stopped', async () => {
  const running = await startTrace(1, 'bookings', '2', '--follow', '--json')
  await running.says(/waiting for the next change/)
  const lines = () => running.said.stdout.split('\n').filter(line => line !== '')
  for (const seat of [20, 21]) {
    const before = lines().length
    await database.query('UPDATE bookings SET seat = $1 WHERE id = 2', [seat])
    await waitFor(() => lines().length > before, { timeoutMs: 20_000 })
  }
  running.child.kill('SIGINT')
  await running.ended(20_000)
  const rows = lines().map(line => JSON.parse(JSON.parse(line).outcome.change.new).seat)
  expect(rows).toEqual([20, 21])
})
