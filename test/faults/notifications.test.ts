import type { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { doorbellLock } from '../../src/capture/advisory-locks.ts'
import { openTestCapture } from '../support/capture-fixture.ts'
import { createCounterTable, describeChange } from '../support/counter-table.ts'
import { openClient } from '../support/open-client.ts'
import { startServer } from '../support/start-server.ts'
import { waitFor } from '../support/wait-for.ts'

// The smallest queue there is, 512 KiB; by default it holds 8 GB.
const server = await startServer({ settings: { max_notify_queue_pages: '64', fsync: 'off' } })
const url = server.url()

/** Waits until the hub has armed the bell, or has let go of it: whoever commits then rings, or does not. */
async function whenArmed(client: Client, armed: boolean): Promise<void> {
  await waitFor(async () => {
    const { rows } = await client.query('SELECT pg_try_advisory_xact_lock_shared($1, $2) AS free', [
      ...doorbellLock,
    ])
    return rows[0].free === !armed
  })
}

/** Notifies until the queue is filled so far, or the server refuses. */
async function fillQueue(client: Client, usage: number): Promise<void> {
  for (;;) {
    await client.query(`SELECT pg_notify('noise', repeat('x', 7000) || i) FROM generate_series(1, 4) i`)
    const { rows } = await client.query('SELECT pg_notification_queue_usage() AS usage')
    if (rows[0].usage >= usage) return
  }
}

test('no write fails when a session that listens in an open transaction lets the queue of notifications fill up; the bell is used again afterwards', async () => {
  await createCounterTable(url)
  const hubs = [
    await openTestCapture(url, { safetyReadMs: 100 }),
    await openTestCapture(url, { safetyReadMs: 100 }),
  ]
  const [stuck, noisy, writer] = [await openClient(url), await openClient(url), await openClient(url)]
  await stuck.query('LISTEN noise')
  await stuck.query('BEGIN; SELECT 1')
  await whenArmed(writer, true)
  await fillQueue(noisy, 0.6)
  await whenArmed(writer, false)
  await expect(fillQueue(noisy, 2)).rejects.toThrow('too many notifications')

  for (let id = 1; id <= 20; id++) await writer.query(`INSERT INTO counter VALUES (${id}, 0)`)
  for (const hub of hubs) {
    await hub.received(20)
    expect(hub.states).toEqual(['live'])
  }
  await stuck.query('COMMIT')
  await whenArmed(writer, true)
  await writer.query('INSERT INTO counter VALUES (21, 0)')
  for (const hub of hubs) {
    await hub.received(21)
    expect(hub.changes.map(describeChange)).toEqual(Array.from({ length: 21 }, (_, i) => `INSERT ${i + 1}=0`))
  }
})

test('no write fails when the queue fills up while a hub sleeps, however long it has slept', async () => {
  await createCounterTable(url)
  const hub = await openTestCapture(url, { safetyReadMs: 3_600_000 })
  const [stuck, noisy, writer] = [await openClient(url), await openClient(url), await openClient(url)]
  await stuck.query('LISTEN noise')
  await stuck.query('BEGIN; SELECT 1')
  await whenArmed(writer, true)
  await expect(fillQueue(noisy, 2)).rejects.toThrow('too many notifications')

  await whenArmed(writer, true)
  await writer.query('INSERT INTO counter VALUES (1, 0)')
  hub.capture.lookNow()
  await hub.received(1)
  await stuck.query('COMMIT')
})

test('a flood of rings with junk makes the hub read at its own pace, and neither breaks nor holds up a write', async () => {
  await createCounterTable(url)
  const pacingMs = 5
  const hub = await openTestCapture(url, { pacingMs, safetyReadMs: 100 })
  const writer = await openClient(url)
  const vandals = [await openClient(url), await openClient(url)]
  const flood = { isOver: false, rings: 0 }
  onTestFinished(() => {
    flood.isOver = true
  })
  const ringing = vandals.map(async vandal => {
    while (!flood.isOver) {
      // Each with another payload and in a transaction of its own: equal ones of one transaction are one ring.
      const rings = vandal.query(
        `DO $$ BEGIN FOR i IN 1..200 LOOP PERFORM pg_notify('rtbridge', '{"junk' || i || repeat(chr(7), 100)); COMMIT; END LOOP; END $$`,
      )
      // When the queue is full (54000), who rings fails.
      await rings.catch(error => expect(error).toMatchObject({ code: '54000' }))
      flood.rings += 200
    }
  })
  await waitFor(() => flood.rings > 2_000)
  const [readsBefore, startedAt] = [hub.capture.counters.reads, performance.now()]
  for (let id = 1; id <= 200; id++) await writer.query(`INSERT INTO counter VALUES (${id}, 0)`)
  await hub.received(200)
  const [reads, elapsedMs] = [hub.capture.counters.reads - readsBefore, performance.now() - startedAt]
  await waitFor(() => flood.rings > 10_000)
  flood.isOver = true
  await Promise.all(ringing)
  // An empty read is followed by one that arms the bell, which needs no pause.
  expect(reads).toBeLessThan((elapsedMs / pacingMs) * 3 + 50)
  expect(hub.changes.map(describeChange)).toEqual(Array.from({ length: 200 }, (_, i) => `INSERT ${i + 1}=0`))
  expect(hub.states).toEqual(['live'])
  // What listens is never in a transaction: it would keep the queue from being emptied.
  const { rows } = await writer.query(
    `SELECT count(*)::int AS listeners, count(xact_start)::int AS held FROM pg_stat_activity
     WHERE application_name = 'rtbridge listener' AND state LIKE 'idle%'`,
  )
  expect(rows).toEqual([{ listeners: 1, held: 0 }])
})
