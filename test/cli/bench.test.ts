import { expect, test } from 'vitest'
import { dumpDatabase } from '../install/dump-schema.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { runCli } from './run-cli.ts'

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
  expect(await look()).toEqual(before)
})

test('bench --write does nothing unless it is confirmed', async () => {
  const before = await look()
  const { code, stderr } = await bench('--write')
  expect(code).toBe(6)
  expect(stderr).toContain('RTB_COMMAND_UNCONFIRMED')
  expect(await look()).toEqual(before)
})
