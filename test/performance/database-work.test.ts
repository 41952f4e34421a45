import { beforeEach, describe, expect, test } from 'vitest'
import { countNotifications } from '../support/count-notifications.ts'
import { countStatements } from '../support/count-statements.ts'
import { countWrites } from '../support/count-writes.ts'
import { openTestDaemon, type TestDaemon } from '../support/daemon-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

const database = await createTestDatabase()
const databasePort = Number(new URL(database.url).port)
await database.query('CREATE TABLE bookings (id int PRIMARY KEY)')
await database.query(`SELECT rtbridge.capture_table('bookings', '{id}')`)

beforeEach(async () => {
  await database.query('DELETE FROM bookings')
})

/** Reads only when something happens, so that what it asks is because of that. */
const quiet = 'capture: { safety_read: 1h, canary: 1h, canary_timeout: 1h }\njournal: { retention: 1h }'

async function openAsleep(yaml = quiet): Promise<TestDaemon> {
  // The hub of the test before may be just going; who finds another one there rings.
  await waitFor(async () => (await locks()).length === 0)
  const hub = await openTestDaemon(database.url, yaml)
  await hub.daemon.live
  // Its canary's first change rings like any other.
  await waitFor(() => hub.daemon.status().canary.age_ms !== null)
  await asleep()
  return hub
}

/** The hub has armed the bell. */
async function asleep(): Promise<void> {
  await waitFor(async () =>
    (await locks()).some(({ mode, objid }) => mode === 'ExclusiveLock' && objid === 1),
  )
}

/** The advisory locks of the hubs that are there. */
async function locks(): Promise<{ mode: string; objid: number }[]> {
  const { rows } = await database.query(
    `SELECT mode, objid::int FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  )
  return rows as { mode: string; objid: number }[]
}

/** Rows, each in a transaction of its own, sent in one go. */
function eachInATransaction(from: number, count: number): string {
  return Array.from(
    { length: count },
    (_, at) => `BEGIN; INSERT INTO bookings VALUES (${from + at}); COMMIT`,
  ).join('; ')
}

describe('the database', () => {
  test('is asked a handful of things for one change, and not more for a thousand of one transaction', async () => {
    const hub = await openAsleep()
    const client = await hub.register({ batch: true })
    const statements = countStatements()
    const askedFor = async (rows: number, sql: string) => {
      statements.reset()
      const { delivered } = hub.daemon.status().hub.counters
      await database.query(sql)
      await waitFor(() => hub.daemon.status().hub.counters.delivered === delivered + rows)
      await asleep()
      return statements.total
    }
    const ask = [
      await askedFor(1, 'INSERT INTO bookings VALUES (1)'),
      await askedFor(1_000, 'INSERT INTO bookings SELECT generate_series(2, 1001)'),
    ]
    // Read, give the bell back, read, arm, read; each time the lock was busy it is tried again.
    for (const count of ask) expect(count).toBeLessThanOrEqual(12)
    client.close()
  })

  test('is notified of a thousand rows of one transaction at most once', async () => {
    await openAsleep()
    const notifications = await countNotifications(database.url)
    await database.query('INSERT INTO bookings SELECT generate_series(1, 1000)')
    await asleep()
    expect(notifications.count).toBeLessThanOrEqual(1)
  })

  test('is asked as often for the past of a thousand transactions as for that of one', async () => {
    const first = await openAsleep()
    const { registered } = await first.register({ batch: true })
    await first.daemon.close()
    const statements = countStatements()
    const resume = async (hub: TestDaemon, rows: number) => {
      statements.reset()
      const client = await hub.register({ batch: true, resume: registered['cursor'] })
      await waitFor(() => hub.daemon.status().hub.counters.delivered === rows)
      const { total } = statements
      client.close()
      await hub.daemon.close()
      return total
    }
    await database.query('INSERT INTO bookings VALUES (1)')
    const forOne = await resume(await openAsleep(), 1)
    await database.query(eachInATransaction(2, 999))
    const forAll = await resume(await openAsleep(), 1_000)
    // It takes longer, so more of what is asked at intervals falls into it.
    expect(forAll).toBeLessThanOrEqual(forOne + 12)
  })

  test('is asked at once when the first client comes, however long the hub would have slept', async () => {
    const hub = await openAsleep()
    const reads = readsOf(hub)
    await hub.register()
    await waitFor(() => readsOf(hub) > reads)
  })

  test('is asked a read and little else at each look of a hub with nothing to do', async () => {
    const hub = await openAsleep('capture: { safety_read: 20ms, canary: 1h, canary_timeout: 1h }')
    const statements = countStatements()
    const writes = countWrites(({ remotePort }) => remotePort === databasePort)
    const reads = readsOf(hub)
    await waitFor(() => readsOf(hub) >= reads + 50)
    const looks = readsOf(hub) - reads
    // One read each, a count of the other hubs for every five; besides, what comes once in seconds.
    expect(statements.total).toBeLessThanOrEqual(1.5 * looks + 10)
    // Each of them leaves in one call of the system, and nothing has to be said after its answer.
    expect(writes.count).toBeGreaterThanOrEqual(looks)
    expect(writes.count).toBeLessThanOrEqual(1.5 * looks + 10)
  })
})

function readsOf(hub: TestDaemon): number {
  return hub.daemon.status().capture.reads ?? 0
}
