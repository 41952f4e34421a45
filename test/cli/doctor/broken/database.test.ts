import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { judgeClock } from '../../../../src/cli/doctor/doorbell-checks.ts'
import { judgeMinor } from '../../../../src/cli/doctor/judge-minor.ts'
import { openClient } from '../../../support/open-client.ts'
import { openRewritingProxy } from '../../../support/rewriting-proxy.ts'
import { findPgBouncer, startPgBouncer } from '../../../support/start-pgbouncer.ts'
import { startServer } from '../../../support/start-server.ts'
import { type AilingDatabase, createAilingDatabase } from '../ailing-database.ts'
import { lookWith } from './look-with.ts'

const server = await startServer({ prepare: false })
let database: AilingDatabase
beforeEach(async () => {
  database = await createAilingDatabase(server)
})

/** Says what is wrong, runs what is printed, and says that it is well. */
async function expectMended(check: string, state: string, says: string): Promise<void> {
  expect(await database.look(check)).toMatchObject({ state, found: expect.stringContaining(says) })
  await database.applyFixes(check)
  expect(await database.look(check)).toMatchObject({ state: 'ok' })
}

describe('doctor names what is wrong in the database, and the printed fix mends it', () => {
  test('a trigger is dropped', async () => {
    await database.sql('DROP TRIGGER "!rtbridge_insert" ON orders')
    await expectMended('tables', 'problem', 'capture orders (a trigger is missing')
  })

  test('a trigger is disabled', async () => {
    await database.sql('ALTER TABLE orders DISABLE TRIGGER "!rtbridge_update"')
    await expectMended('tables', 'problem', 'trigger !rtbridge_update is disabled')
  })

  test('the journal is over its limit', async () => {
    await database.sql(
      'INSERT INTO orders SELECT i, repeat(md5(i::text), 20) FROM generate_series(1, 3000) i',
      'ANALYZE rtbridge.journal',
      'UPDATE rtbridge.retention SET max_bytes = 100000',
    )
    await expectMended('journal', 'warning', 'the journal is above its limit')
  })

  test('the role has no rights', async () => {
    await database.sql(`CREATE ROLE clerk LOGIN PASSWORD 'clerk'`)
    onTestFinished(() => database.sql('DROP OWNED BY clerk', 'DROP ROLE clerk'))
    const url = database.url.replace(/\/\/.*@/, '//clerk:clerk@')
    const rights = await lookWith('rights', url)
    expect(rights).toMatchObject({ state: 'problem', found: expect.stringContaining('clerk lacks') })
    for (const { fix } of rights.findings) await database.sql(fix ?? '')
    expect(await lookWith('rights', url)).toMatchObject({ state: 'ok' })
    // Not even where the data lie: it says who could let it see.
    expect(await lookWith('database-disk', url)).toMatchObject({
      state: 'skipped',
      found: expect.stringContaining('GRANT pg_read_all_settings TO "clerk";'),
    })
    await database.sql('GRANT pg_read_all_settings TO "clerk"')
    expect(await lookWith('database-disk', url)).toMatchObject({ state: 'ok' })
  })

  test('no connection of the role is left for a hub', async () => {
    await database.sql(`CREATE ROLE clerk LOGIN PASSWORD 'clerk' CONNECTION LIMIT 3`)
    onTestFinished(() => database.sql('DROP OWNED BY clerk', 'DROP ROLE clerk'))
    const url = database.url.replace(/\/\/.*@/, '//clerk:clerk@')
    const ill = await lookWith('connections', url)
    expect(ill).toMatchObject({
      state: 'warning',
      found: expect.stringContaining('of the 3 connections that role clerk may have are in use'),
    })
    await database.sql(ill.findings[0]?.fix ?? '')
    expect(await lookWith('connections', url)).toMatchObject({ state: 'ok' })
  })

  test.skipIf(findPgBouncer() === null)('a pooler is in between', async () => {
    const pooler = await startPgBouncer(database.url, 'transaction')
    expect(await lookWith('pooler', pooler.url)).toMatchObject({
      state: 'warning',
      findings: [{ fix: expect.stringContaining('point database.url at PostgreSQL itself') }],
    })
    expect(await lookWith('doorbell', pooler.url)).toMatchObject({ state: 'skipped' })
    // The fix.
    expect(await lookWith('pooler', database.url)).toMatchObject({ state: 'ok' })
    expect(await lookWith('doorbell', database.url)).toMatchObject({
      state: 'ok',
      found: expect.stringMatching(/^a notification came back in \d+ ms$/),
    })
  })

  test('hubs of which none arms the doorbell', async () => {
    const hub = await openClient(database.url)
    await hub.query('SELECT pg_advisory_lock_shared(1920229746, 3)')
    expect(await database.look('hubs')).toMatchObject({
      state: 'warning',
      found: expect.stringContaining('none is the sentinel'),
    })
    await hub.query('SELECT pg_advisory_lock(1920229746, 2)')
    expect(await database.look('hubs')).toMatchObject({ state: 'ok' })
  })

  test('the server is of an old minor release', async () => {
    const { rows } = await (await openClient(database.url)).query('SHOW server_version_num')
    const number = String(rows[0]?.['server_version_num'])
    const old = `${number.slice(0, -2)}00`
    const proxy = await openRewritingProxy(database.url, { from: number, to: old })
    expect(await lookWith('server-minor', proxy)).toMatchObject({
      state: 'warning',
      found: expect.stringContaining(`older than ${number.slice(0, 2)}.`),
      findings: [{ fix: expect.stringContaining(`--only-upgrade postgresql-${number.slice(0, 2)}`) }],
    })
    expect(await lookWith('server-minor', database.url)).toMatchObject({ state: 'ok' })
  })
})

test.each([
  [130_022, 130_023],
  [140_019, 140_020],
  [150_014, 150_015],
  [160_010, 160_011],
  [170_006, 170_007],
  [180_000, 180_001],
])('%i is of before November 2025, %i is not', (old, good) => {
  expect(judgeMinor(old)).toMatchObject({ level: 'warning' })
  expect(judgeMinor(good)).toBeNull()
  expect(judgeMinor(good + 9)).toBeNull()
})

test('a major without a release of November 2025 is not judged by it', () => {
  expect([judgeMinor(120_022), judgeMinor(190_000)]).toEqual([null, null])
})

describe('clocks', () => {
  const limitMs = 2_000
  test('an answer from within the question is no difference, however long it took', () => {
    expect(judgeClock({ before: 0, after: 9_000, database: 8_000 }, limitMs).findings).toBeUndefined()
  })

  test.each([
    [10_000, 'warning', '9.9 s ahead of'],
    [-10_000, 'warning', '10.0 s behind'],
    [3_600_000, 'problem', '3599.9 s ahead of'],
  ])('a clock that is off by %i ms is a %s', (database, level, says) => {
    const { found, findings } = judgeClock({ before: 0, after: 100, database }, limitMs)
    expect(found).toContain(says)
    expect(findings).toMatchObject([{ level, fix: expect.stringContaining('timedatectl set-ntp true') }])
  })

  test('the database on this machine agrees with it', async () => {
    expect(await database.look('clock')).toMatchObject({ state: 'ok' })
  })
})
