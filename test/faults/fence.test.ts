import { describe, expect, test } from 'vitest'
import { openTestCapture, type TestCapture } from '../support/capture-fixture.ts'
import { createCounterTable, describeChange } from '../support/counter-table.ts'
import { openClient } from '../support/open-client.ts'
import { startServer } from '../support/start-server.ts'
import { waitFor } from '../support/wait-for.ts'

/** A thorough run sets 200. */
const rounds = Number(process.env['RTBRIDGE_TEST_ROUNDS'] ?? 3)
const rollbacks = 40
const timeout = rounds * 20_000

/**
 * PostgreSQL's own settings, durability included, but with a WAL writer so lazy that nothing reaches the disk by
 * itself: what is normally a matter of milliseconds is then certain.
 */
const settings = { wal_writer_delay: '10000ms', wal_writer_flush_after: '1GB', autovacuum: 'off' }

describe('the durability fence', async () => {
  const server = await startServer({ settings })
  const url = server.url()
  await createCounterTable(url)
  let nextId = 1

  const openHub = (fence: boolean) => openTestCapture(url, { fence, safetyReadMs: 20 })

  /** Aborts transactions whose abort records nobody flushes. Returns the last of their ids. */
  async function rollBack(): Promise<bigint> {
    const writer = await openClient(url)
    let last = 0n
    for (let i = 0; i < rollbacks; i++) {
      await writer.query(`BEGIN; INSERT INTO counter VALUES (${nextId}, 0)`)
      const { rows } = await writer.query('SELECT pg_current_xact_id()::text AS xid')
      last = BigInt(rows[0].xid)
      await writer.query('ROLLBACK')
    }
    return last
  }

  /** As a power failure would, and back again. */
  async function crash(): Promise<void> {
    await server.kill()
    await server.start()
  }

  /** Ten transactions after the crash; returns what they wrote and how many reused an id up to `last`. */
  async function writeAfterCrash(last: bigint): Promise<{ written: string[]; reused: number }> {
    const writer = await openClient(url)
    const written: string[] = []
    let reused = 0
    for (let i = 0; i < 10; i++) {
      const { rows } = await writer.query(
        'INSERT INTO counter VALUES ($1, 0) RETURNING pg_current_xact_id()::text AS xid',
        [nextId],
      )
      written.push(`INSERT ${nextId++}=0`)
      if (BigInt(rows[0].xid) <= last) reused++
    }
    return { written, reused }
  }

  /** Several reads have ended since this was called. */
  async function readAgain({ capture }: TestCapture): Promise<void> {
    const before = capture.counters.reads
    await waitFor(() => capture.counters.reads >= before + 3)
  }

  async function loseIds(fence: boolean) {
    const hub = await openHub(fence)
    const last = await rollBack()
    if (fence) await readAgain(hub)
    else await waitFor(() => (hub.checkpoints.at(-1)?.cursor.snapshot.xmax ?? 0n) > last)
    await crash()
    const { written, reused } = await writeAfterCrash(last)
    expect(reused).toBeGreaterThan(5)
    return { hub, written }
  }

  test('delivers what is written with a transaction id that a crash took back', { timeout }, async () => {
    for (let round = 0; round < rounds; round++) {
      const { hub, written } = await loseIds(true)
      await hub.received(written.length)
      expect(hub.changes.map(describeChange)).toEqual(written)
      await hub.close()
    }
  })

  test('bites: without it the same writes are lost', { timeout }, async () => {
    // A hub that is back before them sees that its position is of a time to come, and begins anew: then it loses none.
    let fewest = Number.POSITIVE_INFINITY
    for (let round = 0; round < 5 && fewest >= 5; round++) fewest = Math.min(fewest, await deliverWithout())
    expect(fewest).toBeLessThan(5)
  })

  /** How many of ten writes come through without the fence. */
  async function deliverWithout(): Promise<number> {
    const { hub, written } = await loseIds(false)
    // Ids beyond those that the hub took for ended are delivered again: when this one comes, the others never will.
    const writer = await openClient(url)
    while (!hub.changes.some(change => describeChange(change) === `INSERT ${nextId - 1}=0`)) {
      await writer.query('INSERT INTO counter VALUES ($1, 0)', [nextId++])
      await readAgain(hub)
    }
    const delivered = new Set(hub.changes.map(describeChange))
    await hub.close()
    return written.filter(change => delivered.has(change)).length
  }

  test('sends nothing that a crash undoes', { timeout }, async () => {
    for (let round = 0; round < rounds; round++) expect(await loseCommits(true)).toEqual([])
  })

  test('bites: without it a client sees rows that never were', async () => {
    expect(await loseCommits(false)).not.toEqual([])
  })

  /** Commits without waiting for the disk, crashes at delivery; returns what was delivered and is not there. */
  async function loseCommits(fence: boolean): Promise<string[]> {
    const hub = await openHub(fence)
    const writer = await openClient(url)
    await writer.query('SET synchronous_commit = off')
    for (let i = 0; i < 5; i++) await writer.query('INSERT INTO counter VALUES ($1, 0)', [nextId++])
    await hub.received(1)
    await crash()
    const delivered = hub.changes.map(describeChange)
    await hub.close()
    const reader = await openClient(url)
    const { rows } = await reader.query('SELECT id, n FROM counter')
    const present = new Set(rows.map(({ id, n }) => `INSERT ${id}=${n}`))
    return delivered.filter(change => !present.has(change))
  }
})
