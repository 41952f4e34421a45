import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { doorbellLock } from '../../src/capture/advisory-locks.ts'
import { findBackends, findLockHolder, terminateBackends } from '../support/backends.ts'
import { openTestCapture } from '../support/capture-fixture.ts'
import { countNotifications } from '../support/count-notifications.ts'
import { createCounterTable } from '../support/counter-table.ts'
import { describeEachMajor } from '../support/describe-each-major.ts'
import { openClient } from '../support/open-client.ts'
import { addressOf, openTcpFaultProxy, throughProxy } from '../support/tcp-fault-proxy.ts'
import { waitFor } from '../support/wait-for.ts'

/** So long that whatever is delivered was delivered by the bell. */
const never = 3_600_000

describeEachMajor('the doorbell', async database => {
  await createCounterTable(database.url)
  let nextId = 1

  const insert = () => database.query('INSERT INTO counter VALUES ($1, 0)', [nextId++])
  const asleep = () => waitFor(() => findLockHolder(database, doorbellLock))

  test('rings for nobody when no hub runs', async () => {
    const notifications = await countNotifications(database.url)
    const clients = await Promise.all([1, 2, 3].map(() => openClient(database.url)))
    await Promise.all(clients.map(client => insertMany(client, 50)))
    // What was notified before this one has been heard when this one is.
    await database.query('NOTIFY rtbridge')
    await waitFor(() => notifications.count > 0)
    expect(notifications.count).toBe(1)
  })

  test('delivers every change of a trickle, and needs no safety read for it', async () => {
    const { received, capture } = await openTestCapture(database.url, { safetyReadMs: never })
    for (let i = 1; i <= 30; i++) {
      await asleep()
      await insert()
      await received(i)
    }
    await asleep()
    expect(capture.counters.changes).toBe(30)
  })

  test('rings once for every change of a trickle, is answered with one read, and stays armed', async () => {
    // Without a pause every sleep is long enough for a trickle.
    const { received, capture } = await openTestCapture(database.url, { safetyReadMs: never, pacingMs: 0 })
    await waitFor(() => capture.counters.sentinel && capture.lagMs === 0)
    await asleep()
    const notifications = await countNotifications(database.url)
    const { reads } = capture.counters
    for (let i = 1; i <= 30; i++) {
      await insert()
      await received(i)
      await waitFor(() => capture.lagMs === 0)
      expect(await findLockHolder(database, doorbellLock)).toBeTruthy()
    }
    await waitFor(() => notifications.count === 30, { message: () => `30; ${notifications.count}` })
    expect(capture.counters.reads).toBe(reads + 30)
  })

  test('is trusted longer while there are no clients: a fifth of the looks', async () => {
    let hasClients = true
    const { capture } = await openTestCapture(database.url, {
      safetyReadMs: 100,
      hasClients: () => hasClients,
    })
    await waitFor(() => capture.counters.sentinel && capture.lagMs === 0)
    const timeOfReads = async (count: number) => {
      const began = performance.now()
      const { reads } = capture.counters
      await waitFor(() => capture.counters.reads >= reads + count)
      return performance.now() - began
    }
    const withClients = await timeOfReads(6)
    hasClients = false
    // The sleep under way is a short one.
    await timeOfReads(1)
    expect(await timeOfReads(6)).toBeGreaterThan(2 * withClients)
  })

  test('rings seldom under load', async () => {
    const notifications = await countNotifications(database.url)
    const { received } = await openTestCapture(database.url, { safetyReadMs: never })
    const clients = await Promise.all(Array.from({ length: 8 }, () => openClient(database.url)))
    await asleep()
    await Promise.all(clients.map(client => insertMany(client, 500)))
    await received(4_000)
    await asleep()
    await database.query('NOTIFY rtbridge')
    await waitFor(() => notifications.count > 0)
    expect(notifications.count).toBeLessThan(400)
  })

  test('is not armed while a transaction is in flight that has skipped it', async () => {
    const writer = await openClient(database.url)
    const { received, changes, capture } = await openTestCapture(database.url, { safetyReadMs: never })
    await asleep()
    await writer.query('BEGIN')
    await insert()
    await received(1)
    // Whether the hub is awake at this moment decides whether the writer skips the bell; until it does:
    await writer.query('SAVEPOINT s')
    await waitFor(async () => {
      await insert()
      await writer.query('INSERT INTO counter VALUES ($1, 0)', [nextId++])
      const { rows } = await writer.query(
        `SELECT count(*)::int AS held FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()`,
      )
      if (rows[0].held === 1) return true
      await writer.query('ROLLBACK TO s')
      return false
    })
    // It has tried to arm and was refused, more than once: whoever sleeps now would sleep through the commit.
    const { emptyReads } = capture.counters
    await waitFor(() => capture.counters.emptyReads > emptyReads + 4)
    const before = changes.length
    await writer.query('COMMIT')
    await waitFor(() => changes.length > before)
    await asleep()
  })

  test('loses nothing that is committed while it is being armed, at whatever step', async () => {
    // A slow network stretches each step from reading to sleeping to many milliseconds.
    const proxy = await openTcpFaultProxy(addressOf(database.url))
    const { received } = await openTestCapture(throughProxy(database.url, proxy), { safetyReadMs: never })
    proxy.setMode({ kind: 'delay', ms: 4 })
    for (let i = 1; i <= 60; i++) {
      await insert()
      await received(i)
      // The next one is committed at another moment of the arming each time.
      await pause((i * 7) % 60)
    }
  })

  test('loses no ring while it is armed and disarmed all the time', async () => {
    const { received } = await openTestCapture(database.url, { safetyReadMs: never, pacingMs: 0 })
    const clients = await Promise.all([1, 2].map(() => openClient(database.url)))
    let sent = 0
    const writers = clients.map(async (client, writer) => {
      for (let i = 0; i < 100; i++) {
        await insertMany(client, 1)
        sent++
        if (i % 3 === writer) await received(sent - clients.length)
      }
    })
    await Promise.all(writers)
    await received(200)
  })

  test('is replaced by paced reads while its listener is away, and rings again afterwards', async () => {
    const { received } = await openTestCapture(database.url, { safetyReadMs: never })
    for (let i = 0; i < 3; i++) {
      await asleep()
      const [before] = await findBackends(database, ['listener'])
      await terminateBackends(database, ['listener'])
      await insert()
      await received(2 * i + 1)
      await waitFor(async () => {
        const [now] = await findBackends(database, ['listener'])
        return now !== undefined && now !== before
      })
      await asleep()
      await insert()
      await received(2 * i + 2)
    }
  })

  test('is not needed: with paced reads alone everything is delivered, and nothing is notified', async () => {
    const notifications = await countNotifications(database.url)
    const { received, capture } = await openTestCapture(database.url, { doorbell: false })
    for (let i = 1; i <= 20; i++) {
      await insert()
      await received(i)
    }
    expect(capture.hears).toBe(false)
    expect(await findBackends(database, ['listener'])).toEqual([])
    await database.query('NOTIFY rtbridge')
    await waitFor(() => notifications.count > 0)
    expect(notifications.count).toBe(1)
  })

  test('can be rung 10,000 times with junk by anyone', async () => {
    const { received, capture, changes } = await openTestCapture(database.url, { safetyReadMs: never })
    await asleep()
    const vandal = await openClient(database.url)
    for (let i = 0; i < 20; i++) {
      await vandal.query(
        `SELECT pg_notify('rtbridge', '{"broken ' || i || chr(7)) FROM generate_series(1, 500) i`,
      )
    }
    await insert()
    await received(1)
    await asleep()
    expect(changes).toHaveLength(1)
    expect(capture.counters.reads).toBeLessThan(2_000)
  })

  test('bridges other channels with their payload as it is', async () => {
    const heard: string[] = []
    await openTestCapture(database.url, {
      channels: ['legacy events', 'été'],
      onNotification: (channel, payload) => heard.push(`${channel}: ${payload}`),
    })
    await waitFor(async () => {
      await database.query(`SELECT pg_notify('legacy events', '{not json'), pg_notify('été', '')`)
      // One channel may be listened to before the other.
      return new Set(heard).size >= 2
    })
    expect(new Set(heard)).toEqual(new Set(['legacy events: {not json', 'été: ']))
  })

  async function insertMany(client: Awaited<ReturnType<typeof openClient>>, count: number) {
    for (let i = 0; i < count; i++) await client.query('INSERT INTO counter VALUES ($1, 0)', [nextId++])
  }
})
