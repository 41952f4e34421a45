import { expect, onTestFinished, test } from 'vitest'
import { type DoctorLimits, defaultDoctorLimits } from '../../../src/cli/doctor/check.ts'
import { examine } from '../../../src/cli/doctor/examine.ts'
import { loadConfig } from '../../../src/config/load-config.ts'
import { runAdminSql } from '../../support/admin-sql.ts'
import { openClient } from '../../support/open-client.ts'
import { findPgBouncer, startPgBouncer } from '../../support/start-pgbouncer.ts'
import { startServer } from '../../support/start-server.ts'
import { createAilingDatabase } from './ailing-database.ts'

const server = await startServer({
  prepare: false,
  settings: { max_prepared_transactions: '5', max_connections: '20' },
})
const database = await createAilingDatabase(server)

/** Looks with other limits: nobody waits a quarter of an hour for a test. */
async function look(check: string, limits: Partial<DoctorLimits> = {}, url = database.url) {
  const { config } = loadConfig({
    flags: { config: 'rtbridge.yaml' },
    env: { RTBRIDGE_DATABASE_URL: url },
    cwd: '/',
    readFile: () => Buffer.from('tables: [orders]'),
  })
  const diagnoses = await examine(config, { ...defaultDoctorLimits, ...limits })
  return diagnoses.find(({ name }) => name === check)
}

const impatient = { longTransactionMs: 0 }

test('a session that holds back pruning is named, and can be ended', async () => {
  const client = await openClient(database.url)
  await client.query(`BEGIN; INSERT INTO notes VALUES (1)`)
  expect(await look('long-transactions')).toMatchObject({ state: 'ok' })
  const diagnosis = await look('long-transactions', impatient)
  expect(diagnosis).toMatchObject({
    state: 'warning',
    found: expect.stringMatching(
      /^session \d+ of role postgres \(rtbridge test writer\), open for \d+ s, keeps old rows/,
    ),
  })
  await runAdminSql(server.url(), [diagnosis?.findings[0]?.fix ?? ''])
  expect(await look('long-transactions', impatient)).toMatchObject({ state: 'ok' })
})

test('what somebody has locked is not waited for: the check says so, and the others are made', async () => {
  const client = await openClient(database.url)
  await client.query('BEGIN; LOCK TABLE rtbridge.journal IN ACCESS EXCLUSIVE MODE')
  expect(await look('journal')).toMatchObject({
    state: 'problem',
    found: expect.stringContaining('lock timeout'),
  })
  expect(await look('schema')).toMatchObject({ state: 'ok' })
  await client.query('ROLLBACK')
  expect((await look('journal'))?.found).not.toContain('lock timeout')
})

test('a prepared transaction that holds back pruning is named, and can be ended', async () => {
  await runAdminSql(database.url, [`BEGIN; INSERT INTO notes VALUES (2); PREPARE TRANSACTION 'left behind'`])
  const diagnosis = await look('long-transactions', impatient)
  expect(diagnosis?.found).toContain(`prepared transaction 'left behind' of role postgres in database ailing`)
  await runAdminSql(database.url, [diagnosis?.findings[0]?.fix ?? ''])
  expect(await look('long-transactions', impatient)).toMatchObject({ state: 'ok' })
})

test('a notification queue that fills is reported with the transaction that holds it', async () => {
  const listener = await openClient(database.url)
  await listener.query('LISTEN jam')
  await listener.query('BEGIN')
  await listener.query('SELECT 1')
  const limits = { queueShare: 1e-6 }
  expect(await look('notification-queue', limits)).toMatchObject({ state: 'ok' })
  await runAdminSql(database.url, [
    `SELECT pg_notify('jam', repeat('x', 7000) || i) FROM generate_series(1, 2000) i`,
  ])
  const diagnosis = await look('notification-queue', limits)
  expect(diagnosis).toMatchObject({
    state: 'warning',
    found: expect.stringMatching(
      /when it is full, every NOTIFY fails: the oldest transaction is that of session \d+ .*rtbridge test writer/,
    ),
  })
  await runAdminSql(server.url(), [diagnosis?.findings[0]?.fix ?? ''])
  await runAdminSql(database.url, [`SELECT pg_notify('jam', '')`])
  expect(await look('notification-queue', limits)).toMatchObject({ state: 'ok' })
})

test('PREPARE TRANSACTION beside a doorbell is a warning with the setting that mends it', async () => {
  expect(await look('prepared-transactions')).toMatchObject({
    state: 'warning',
    findings: [{ fix: expect.stringContaining('database: { doorbell: off }') }],
  })
  expect(await database.look('prepared-transactions')).toMatchObject({ state: 'ok' })
})

test('connections that are nearly used up are reported', async () => {
  expect(await look('connections')).toMatchObject({ state: 'ok' })
  await Promise.all(Array.from({ length: 14 }, () => openClient(database.url)))
  expect(await look('connections')).toMatchObject({
    state: 'warning',
    found: expect.stringMatching(/^1\d of 17 connections in use/),
    findings: [{ fix: expect.stringContaining('ALTER SYSTEM SET max_connections = 34;') }],
  })
})

test('a role without rights is told which, and that it cannot see the sessions of others', async () => {
  await runAdminSql(database.url, [`CREATE ROLE desk LOGIN PASSWORD 'desk'`])
  onTestFinished(() => runAdminSql(database.url, ['DROP OWNED BY desk; DROP ROLE desk']))
  const url = database.url.replace(/\/\/.*@/, '//desk:desk@')
  expect(await look('long-transactions', {}, url)).toMatchObject({
    state: 'skipped',
    found: expect.stringContaining('GRANT pg_read_all_stats TO "desk"'),
  })
  expect(await look('schema', {}, url)).toMatchObject({ state: 'problem' })
  const rights = await look('rights', {}, url)
  expect(rights).toMatchObject({ state: 'problem', found: expect.stringMatching(/^desk lacks \d+ right/) })
  await runAdminSql(database.url, [rights?.findings[0]?.fix ?? '', 'GRANT pg_read_all_stats TO desk'])
  expect(await look('rights', {}, url)).toMatchObject({ state: 'ok' })
  expect(await look('schema', {}, url)).toMatchObject({ state: 'ok' })
  expect(await look('long-transactions', {}, url)).toMatchObject({ state: 'ok' })
})

test('a journal that cannot be written to is found by trying', async () => {
  await runAdminSql(database.url, [
    'ALTER TABLE rtbridge.journal ADD CONSTRAINT broken CHECK (false) NOT VALID',
  ])
  onTestFinished(() => runAdminSql(database.url, ['ALTER TABLE rtbridge.journal DROP CONSTRAINT broken']))
  expect(await look('journal-write')).toMatchObject({
    state: 'problem',
    found: expect.stringContaining('violates check constraint "broken"'),
  })
})

test('a journal whose file is mostly empty space is a case for VACUUM', async () => {
  await runAdminSql(database.url, [
    'ALTER TABLE rtbridge.journal SET (autovacuum_enabled = off)',
    `INSERT INTO orders SELECT i, repeat(md5(i::text), 20) FROM generate_series(1, 3000) i`,
    'DELETE FROM rtbridge.journal WHERE seq % 100 > 0',
    'ANALYZE rtbridge.journal',
  ])
  const limits = { looseFileBytes: 100_000 }
  const diagnosis = await look('journal', limits)
  expect(diagnosis).toMatchObject({
    state: 'warning',
    found: expect.stringContaining(`most of the journal's file is empty space`),
    findings: [{ fix: expect.stringContaining('VACUUM (ANALYZE) rtbridge.journal;') }],
  })
  expect(await look('journal')).toMatchObject({ state: 'ok' })
})

test.skipIf(findPgBouncer() === null)(
  'a pooler in between is a warning, and all other checks work through it',
  async () => {
    const pooler = await startPgBouncer(database.url, 'transaction')
    expect(await look('pooler', {}, pooler.url)).toMatchObject({
      state: 'warning',
      findings: [{ fix: expect.stringContaining('point database.url at PostgreSQL itself') }],
    })
    for (const check of ['tables', 'journal-write', 'rights']) {
      expect(await look(check, {}, pooler.url)).not.toMatchObject({ state: 'skipped' })
    }
    expect(await look('journal-write', {}, pooler.url)).toMatchObject({ state: 'ok' })
  },
)
