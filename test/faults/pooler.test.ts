import { expect, onTestFinished, test } from 'vitest'
import { openConnection } from '../../src/database/connection.ts'
import { runAdminSql, withDatabase } from '../support/admin-sql.ts'
import { adminOptions, openTestCapture } from '../support/capture-fixture.ts'
import { createCounterTable, describeChange, withoutRepeats } from '../support/counter-table.ts'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { describePooler } from '../support/describe-pooler.ts'
import { openClient } from '../support/open-client.ts'
import { prepareTemplate } from '../support/prepare-template.ts'
import { startPgBouncer } from '../support/start-pgbouncer.ts'
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

for (const mode of ['transaction', 'session'] as const) {
  describePooler(`behind PgBouncer in ${mode} mode`, async () => {
    const database = await createTestDatabase()
    await createCounterTable(database.url)
    const pooler = await startPgBouncer(database.url, mode)

    test('every change is delivered, by paced reads', async () => {
      await runAdminSql(database.url, ['TRUNCATE counter'])
      const hub = await openTestCapture(pooler.url)
      await database.query('INSERT INTO counter SELECT i, 0 FROM generate_series(1, 3000) i')
      await hub.received(3000)
      await database.query('UPDATE counter SET n = 1 WHERE id = 7')
      await hub.received(3001)
      expect(withoutRepeats(hub.changes)).toHaveLength(3001)
      expect(hub.changes.slice(-1).map(describeChange)).toEqual(['UPDATE 7=1'])
      expect(hub.capture).toMatchObject({ pooled: true, hears: false })
      expect(hub.states).toEqual(['live'])
    })

    test('a hub beside it that has sessions of its own is the sentinel, and both miss nothing', async () => {
      const first = await openTestCapture(pooler.url)
      const direct = await openTestCapture(database.url)
      await waitFor(() => direct.capture.counters.sentinel && direct.capture.hears)
      const before = first.changes.length
      for (let i = 0; i < 20; i++) await database.query('UPDATE counter SET n = n + 1 WHERE id = 1')
      await direct.received(20)
      await first.received(before + 20)
      expect(first.capture.counters.sentinel).toBe(false)
    })

    test('custom events of its apps reach those at a hub beside it, which it cannot hear', async () => {
      const beside = await openTestDaemon(database.url)
      await beside.daemon.live
      await waitFor(() => beside.daemon.status().database.doorbell)
      const behind = await openTestDaemon(pooler.url)
      const [sender, receiver] = [await behind.register(), await beside.register()]
      sender.send('custom_event', { event_type: 'NOTE', data: 5 })
      expect((await receiver.next(({ data }) => data['event_type'] === 'NOTE')).data['data']).toBe(5)
    })

    test('a live table comes with its rows, then its events, and what its reads set is seen by nobody else', async () => {
      await runAdminSql(database.url, [
        'TRUNCATE counter',
        'INSERT INTO counter SELECT i, 0 FROM generate_series(1, 500) i',
      ])
      const hub = await openTestDaemon(pooler.url)
      const client = await hub.register({ subscriptions: [{ id: 'c', tables: ['counter'], snapshot: true }] })
      expect((await client.next('snapshot_end')).data).toMatchObject({ count: 500 })
      await client.next('subscribed')
      await database.query('UPDATE counter SET n = 5 WHERE id = 3')
      expect((await client.next('realtime_event')).data).toMatchObject({ id: '3', data: { n: 5 } })
      const others = await Promise.all(Array.from({ length: 4 }, () => openClient(pooler.url)))
      if (mode === 'session') return
      for (const other of others) {
        expect((await other.query('SHOW row_security')).rows).toEqual([{ row_security: 'on' }])
      }
    })

    test('a hub serves and resumes clients, stores their durable events, and says in its health what stands in between', async () => {
      const hub = await openTestDaemon(pooler.url)
      const early = await hub.register()
      await database.query('UPDATE counter SET n = -1 WHERE id = 2')
      await early.next(({ data }) => data['id'] === '2')
      const late = await hub.register({ resume: early.registered['cursor'] })
      expect(late.registered['resumed']).toBe('resumed')
      await late.next(({ data }) => data['id'] === '2')
      early.send('custom_event', { event_type: 'NOTE', data: 1, durable: true })
      await late.next(({ data }) => data['event_type'] === 'NOTE')
      expect(hub.daemon.status().database).toMatchObject({
        connected: true,
        pooled: true,
        doorbell: false,
        warning: {
          code: 'RTB_DATABASE_POOLER',
          hint: expect.stringContaining('point database.url at PostgreSQL'),
        },
      })
      expect(hub.log.join('')).toContain('RTB_DATABASE_POOLER')
    })

    test('nothing is left in the sessions that others share: no setting, lock, LISTEN, statement or cursor', async () => {
      const hub = await openTestDaemon(pooler.url)
      const client = await hub.register()
      await database.query('UPDATE counter SET n = -2 WHERE id = 3')
      await client.next(({ data }) => data['id'] === '3')
      // A transaction of the hub that is under way holds locks to its end, and no longer.
      await waitFor(async () => (await findLocks(database)).length === 0)
      expect(await findForeignState(pooler.url, database)).toEqual([])
      await hub.daemon.close()
      expect(await findLocks(database)).toEqual([])
      expect(await findForeignState(pooler.url, database)).toEqual([])
    })

    test('time-outs of the role do not end what rtbridge reads', async () => {
      const slow = await createSlowDatabase()
      onTestFinished(() => runAdminSql(database.url, [`DROP DATABASE ${slow.name} WITH (FORCE)`]))
      const patient = await startPgBouncer(slow.url, mode)
      const hub = await openTestCapture(patient.url)
      await runAdminSql(slow.url, ['INSERT INTO counter VALUES (1, 0)'])
      await hub.received(1)
      expect(hub.states).toEqual(['live'])
    })

    /** A database whose reads take longer than its statements may. */
    async function createSlowDatabase(): Promise<{ name: string; url: string }> {
      const name = `${database.name}_slow`
      await runAdminSql(withDatabase(database.url, 'postgres'), [`CREATE DATABASE ${name}`])
      const url = withDatabase(database.url, name)
      await prepareTemplate(url)
      await createCounterTable(url)
      await runAdminSql(url, [
        `BEGIN;
         ALTER TABLE rtbridge.retention RENAME TO fast_retention;
         CREATE VIEW rtbridge.retention AS SELECT r.* FROM rtbridge.fast_retention r, pg_sleep(0.4);
         COMMIT`,
        `ALTER DATABASE ${name} SET statement_timeout = '200ms'`,
        `ALTER DATABASE ${name} SET idle_in_transaction_session_timeout = '200ms'`,
      ])
      return { name, url }
    }
  })
}

describePooler('behind PgBouncer in statement mode', async () => {
  const database = await createTestDatabase()
  const pooler = await startPgBouncer(database.url, 'statement')

  test('a statement is refused with what to change', async () => {
    const session = await openConnection(adminOptions(pooler.url), 'test')
    await expect(session.query('SELECT 1')).rejects.toMatchObject({ code: 'RTB_DATABASE_POOL_MODE' })
    await session.close()
  })
})

async function findLocks(database: TestDatabase): Promise<unknown[]> {
  const { rows } = await database.query(
    `SELECT mode, objid FROM pg_locks WHERE locktype = 'advisory'
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  )
  return rows
}

/** What the server's sessions of the pooler hold that PgBouncer's other clients would meet. */
async function findForeignState(url: string, database: TestDatabase): Promise<unknown[]> {
  // As many transactions at a time as the pooler has sessions, so that each is looked at.
  const { rows } = await database.query<{ count: number }>(
    `SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  )
  const clients = await Promise.all(Array.from({ length: rows[0]?.count ?? 0 }, () => openClient(url)))
  await Promise.all(clients.map(client => client.query('BEGIN')))
  const found = await Promise.all(clients.map(client => client.query(findState)))
  await Promise.all(clients.map(client => client.query('ROLLBACK')))
  return found.flatMap(({ rows: state }) => state)
}

/** DateStyle and TimeZone are what PgBouncer itself keeps apart for each client; node-postgres sets the encoding. */
const findState = `
  SELECT name, setting FROM pg_settings
  WHERE source = 'session' AND name NOT IN ('application_name', 'client_encoding', 'DateStyle', 'TimeZone')
  UNION ALL SELECT 'listening', c FROM pg_listening_channels() c
  UNION ALL SELECT 'prepared', p.name FROM pg_prepared_statements p WHERE p.name <> ''
  UNION ALL SELECT 'cursor', c.name FROM pg_cursors c WHERE c.name <> ''`
