import { expect, test } from 'vitest'
import { dumpDatabase } from '../install/dump-schema.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { runCli, startCli } from './run-cli.ts'

const database = await createTestDatabase()
const env = { RTBRIDGE_DATABASE_URL: database.url }
const bench = (...args: string[]) => runCli(['bench', '--rounds', '3', ...args], { env })

/** What any write would have changed. */
async function look(): Promise<unknown> {
  const { rows } = await database.query('SELECT count(*) FROM rtbridge.journal')
  return { schema: await dumpDatabase(database), journalled: rows }
}

test('bench tells what the database takes, and changes nothing', async () => {
  const before = await look()
  const { code, stdout, stderr } = await bench()
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  for (const name of ['round trip', 'where the database is', 'notification, until heard', 'flush of the WAL'])
    expect(stdout).toMatch(new RegExp(`^${name} +[\\d.]+ ms +[\\d.]+ ms +[\\d.]+ ms$`, 'm'))
  expect(await look()).toEqual(before)
})

test('bench --write compares writers in a schema that is gone afterwards, and leaves the journal alone', async () => {
  const before = await look()
  const { code, stdout } = await bench('--write', '--yes', '--json')
  expect(code).toBe(0)
  const { version, writers, timings_ms: timings } = JSON.parse(stdout)
  expect(version).toBe(1)
  expect(timings.flush.p50).toBeGreaterThan(0)
  for (const rate of ['plain', 'notified', 'journalled']) expect(writers[rate]).toBeGreaterThan(0)
  for (const { least, median, most } of Object.values<Record<string, number>>(writers.shares)) {
    expect(least).toBeGreaterThan(0)
    expect([least, median, most]).toEqual([least, median, most].sort((a = 0, b = 0) => a - b))
  }
  expect(await look()).toEqual(before)
})

test('bench --write does nothing unless it is confirmed', async () => {
  const before = await look()
  const { code, stderr } = await bench('--write')
  expect(code).toBe(6)
  expect(stderr).toContain('RTB_COMMAND_UNCONFIRMED')
  expect(await look()).toEqual(before)
})

/** Schemas of runs, once their tables are there. */
async function scratch(): Promise<readonly string[]> {
  const { rows } = await database.query(
    `SELECT relnamespace::regnamespace::text AS name FROM pg_class WHERE relname = 'journalled' AND relnamespace::regnamespace::text LIKE 'rtbridge_bench_%'`,
  )
  return rows.map(({ name }) => String(name))
}

async function startWriting() {
  const known = await scratch()
  const run = await startCli(['bench', '--rounds', '5000', '--write', '--yes'], { env })
  await waitFor(async () => (await scratch()).some(name => !known.includes(name)), { timeoutMs: 60_000 })
  return run
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  'bench --write that %s stops drops its schema first',
  async signal => {
    const before = await look()
    const run = await startWriting()
    run.child.kill(signal)
    expect(await run.ended()).toMatchObject({ code: 1, stderr: expect.stringContaining('stopped') })
    expect(await look()).toEqual(before)
  },
)

test('what bench --write left when it was killed goes with the next run, and not while another is at work', async () => {
  const before = await look()
  const killed = await startWriting()
  const [left = ''] = await scratch()
  const other = await startWriting()
  killed.child.kill('SIGKILL')
  await killed.ended()
  expect((await bench('--write', '--yes')).code).toBe(0)
  expect(await scratch()).toContain(left)
  other.child.kill('SIGTERM')
  await other.ended()
  expect(await scratch()).toEqual([left])
  await waitFor(async () => {
    await bench('--write', '--yes')
    return (await scratch()).length === 0
  })
  expect(await look()).toEqual(before)
})
