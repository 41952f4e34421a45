import { beforeEach, expect, onTestFailed, onTestFinished, test } from 'vitest'
import { openTestDaemon, type TestDaemon } from '../support/daemon-fixture.ts'
import { openClient } from '../support/open-client.ts'
import { addressOf, openTcpFaultProxy, throughProxy } from '../support/tcp-fault-proxy.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'

const tables = 'tables: { item: {} }'
const yaml = `${tables}\ncapture: { canary: 150ms, canary_timeout: 1500ms, safety_read: 100ms }`
const database = await createTestDatabase()
await database.query('CREATE TABLE item (id int PRIMARY KEY)')
await installTables(database, yaml)

beforeEach(() => {
  onTestFinished(async () => {
    await database.query(`DELETE FROM rtbridge.canary`)
  })
})

/** Waits until the canary has come round after this moment. */
async function comesRound({ daemon }: TestDaemon): Promise<void> {
  const start = performance.now()
  await waitFor(() => {
    const { age_ms } = daemon.status().canary
    return age_ms !== null && performance.now() - age_ms > start
  })
}

async function readyz({ daemon }: TestDaemon): Promise<number> {
  return (await fetch(`http://127.0.0.1:${daemon.port}/readyz`)).status
}

function warningsOf({ log }: TestDaemon): string[] {
  return log.filter(line => line.includes('changes do not come through'))
}

test('the canary goes round at the start and at intervals, and health tells how long it took', async () => {
  const hub = await openTestDaemon(database.url, yaml)
  for (let round = 0; round < 3; round++) await comesRound(hub)
  const { canary, problems, state } = hub.daemon.status()
  expect(canary.round_trip_ms).toBeGreaterThan(0)
  expect({ problems, state }).toEqual({ problems: [], state: 'live' })
})

test('no client is given the canary, live or replayed, and positions go on', async () => {
  const hub = await openTestDaemon(database.url, yaml)
  const client = await hub.register({ batch: true })
  const start = hub.daemon.status().cursor
  for (let round = 0; round < 3; round++) await comesRound(hub)
  expect(hub.daemon.status().cursor).not.toBe(start)
  await database.query('INSERT INTO item VALUES (1)')
  const returned = await hub.register({ resume: client.registered['cursor'] })
  const event = await returned.next('realtime_event')
  await client.next('events')
  expect(event.data).toMatchObject({ table: 'item' })
  expect(JSON.stringify([client.messages, returned.messages])).not.toContain('hub_id":"' + 'canary')
  const tablesSeen = [...client.messages, ...returned.messages].flatMap(({ data }) => data['table'] ?? [])
  expect(new Set(tablesSeen)).toEqual(new Set(['item']))
  expect(JSON.stringify(client.messages)).not.toContain('canary')
})

test.each([
  {
    fault: 'its triggers are disabled',
    code: 'RTB_CANARY_MISSING',
    begin: 'ALTER TABLE rtbridge.canary DISABLE TRIGGER ALL',
    end: 'ALTER TABLE rtbridge.canary ENABLE TRIGGER ALL',
  },
  {
    fault: 'it cannot be written',
    code: 'RTB_CANARY_WRITE',
    begin: 'ALTER TABLE rtbridge.canary ADD CONSTRAINT never CHECK (false) NOT VALID',
    end: 'ALTER TABLE rtbridge.canary DROP CONSTRAINT never',
  },
])('the hub says so, once, when $fault, and recovers by itself', async ({ code, begin, end }) => {
  const hub = await openTestDaemon(database.url, yaml)
  const client = await hub.register()
  await comesRound(hub)
  await database.query(begin)
  onTestFailed(async () => {
    await database.query(end)
  })
  const stale = await client.next('status')
  expect(stale.data).toMatchObject({ state: 'stale', reason: code })
  expect(await readyz(hub)).toBe(503)
  expect(hub.daemon.status()).toMatchObject({
    state: 'stale',
    database: { connected: true, error: null },
    problems: [{ code, hint: expect.stringMatching(/./) }],
  })
  await database.query(end)
  expect((await client.next('status')).data).toMatchObject({ state: 'live' })
  expect(await readyz(hub)).toBe(200)
  expect(warningsOf(hub)).toHaveLength(1)
})

test('the hub says so when its reader is stuck, and recovers by itself', async () => {
  const hub = await openTestDaemon(database.url, yaml)
  const client = await hub.register()
  await comesRound(hub)
  const admin = await openClient(database.url)
  await admin.query('BEGIN; LOCK TABLE rtbridge.retention IN ACCESS EXCLUSIVE MODE')
  const stale = await client.next('status')
  expect(stale.data).toMatchObject({ state: 'stale', reason: 'RTB_CANARY_STUCK' })
  await admin.query('COMMIT')
  expect((await client.next('status')).data).toMatchObject({ state: 'live' })
})

test('a hub that nobody is connected to does not call itself stuck when the canary rings in vain', async () => {
  const proxy = await openTcpFaultProxy(addressOf(database.url))
  const seldom = `${tables}\ncapture: { canary: 150ms, canary_timeout: 3s, safety_read: 1s }`
  const hub = await openTestDaemon(throughProxy(database.url, proxy), seldom)
  await comesRound(hub)
  const { rows } = await database.query<{ client_port: number }>(
    `SELECT client_port FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'rtbridge listener'`,
  )
  expect(rows).toHaveLength(1)
  proxy.abandon(rows[0]?.client_port)
  // It listens in vain until it is probed, which is 10 s after it began.
  for (let round = 0; round < 3; round++) await comesRound(hub)
  expect(warningsOf(hub)).toEqual([])
})

test('rows of hubs that are long gone are removed, and a hub that ends removes its own', async () => {
  await database.query(
    `INSERT INTO rtbridge.canary SELECT 'gone ' || i, i, now() - interval '2 hours' FROM generate_series(1, 250) i`,
  )
  const hub = await openTestDaemon(database.url, yaml)
  const names = async () =>
    (await database.query<{ hub_id: string }>('SELECT hub_id FROM rtbridge.canary')).rows.map(
      row => row.hub_id,
    )
  await waitFor(async () => (await names()).length === 1)
  expect(await names()).toEqual([hub.daemon.hubId])
  await hub.daemon.close()
  expect(await names()).toEqual([])
})
