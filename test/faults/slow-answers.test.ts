import { expect, test } from 'vitest'
import { runAdminSql } from '../support/admin-sql.ts'
import { adminOptions, openTestCapture } from '../support/capture-fixture.ts'
import { createCounterTable, describeChange } from '../support/counter-table.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

const database = await createTestDatabase()
await createCounterTable(database.url)

test('gives a read that takes longer than an answer may take more time with each attempt', async () => {
  const impatient = { ...adminOptions(database.url), answerTimeoutMs: 200 }
  const { states, changes } = await openTestCapture(database.url, { database: impatient })
  // Sorting ten million rows takes seconds; so does this.
  await runAdminSql(database.url, [
    `BEGIN;
     ALTER TABLE rtbridge.retention RENAME TO fast_retention;
     CREATE VIEW rtbridge.retention AS SELECT r.* FROM rtbridge.fast_retention r, pg_sleep(0.7);
     COMMIT`,
    'INSERT INTO counter VALUES (1, 0)',
  ])
  await waitFor(() => changes.length > 0)
  expect(changes.map(describeChange)).toEqual(['INSERT 1=0'])
  expect(states.filter(state => state === 'RTB_DATABASE_TIMEOUT').length).toBeGreaterThan(1)
})

test('is not ended by the time-outs of its role or database', async () => {
  await runAdminSql(database.url, [
    `ALTER DATABASE ${database.name} SET statement_timeout = '300ms'`,
    `ALTER DATABASE ${database.name} SET idle_in_transaction_session_timeout = '300ms'`,
    'SET statement_timeout = 0; TRUNCATE counter',
  ])
  const hub = await openTestCapture(database.url)
  await runAdminSql(database.url, ['SET statement_timeout = 0; INSERT INTO counter VALUES (2, 0)'])
  await hub.received(1)
  expect(hub.states).toEqual(['live'])
})

test('leaves a read alone that the server works on, however long', async () => {
  const { states, changes, capture } = await openTestCapture(database.url)
  const before = capture.counters.reads
  // Several times as long as an answer that was lost is waited for.
  await runAdminSql(database.url, [
    `SET statement_timeout = 0;
     BEGIN;
     DROP VIEW rtbridge.retention;
     CREATE VIEW rtbridge.retention AS SELECT r.* FROM rtbridge.fast_retention r, pg_sleep(3);
     COMMIT`,
    'SET statement_timeout = 0; INSERT INTO counter VALUES (3, 0)',
  ])
  await waitFor(() => changes.some(change => describeChange(change) === 'INSERT 3=0'))
  expect(states).toEqual(['live'])
  expect(capture.counters.reads).toBeGreaterThan(before)
})
