import { expect, test } from 'vitest'
import { connectCrowd } from '../support/crowd.ts'
import { loadTimeoutMs, sized } from '../support/full-size.ts'
import { canMeasureMemory, startMeasuredHub } from '../support/measured-hub.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'

const yaml = 'tables: { item: {}, bulk: {} }'
const database = await createTestDatabase()
await database.query('CREATE TABLE item (id int PRIMARY KEY)')
await database.query('CREATE TABLE bulk (id int PRIMARY KEY, text text)')
await installTables(database, yaml)

const mib = 1_024 * 1_024
const others = sized({ normal: 200, full: 1_000 })
/** A megabyte each: together well above what the sockets, the queue and the tail hold. */
const rounds = 40
const itemsPerRound = 50
const bulkPerRound = 1_000
let nextId = 1

/** Writes some small rows, and a megabyte that only the silent client wants, in one transaction. */
async function write(): Promise<void> {
  const from = nextId
  nextId += itemsPerRound + bulkPerRound
  await database.query(
    `WITH small AS (INSERT INTO item SELECT i FROM generate_series($1::int, $2::int - 1) i)
     INSERT INTO bulk SELECT i, repeat('x', 1000) FROM generate_series($2::int, $3::int) i`,
    [from, from + itemsPerRound, nextId - 1],
  )
}

test.skipIf(!canMeasureMemory)(
  `a client that never reads costs the hub less than 64 MiB while ${others} others get everything`,
  async () => {
    const hub = await startMeasuredHub(database, yaml)
    const crowd = await connectCrowd(hub.url, others, () => ({
      subscriptions: [{ id: 'items', tables: ['item'] }],
    }))
    const [silent] = await connectCrowd(hub.url, 1)
    let items = 0
    const round = async () => {
      await write()
      items += itemsPerRound
      await waitFor(() => crowd.every(({ ids }) => ids.length === items), { timeoutMs: 60_000 })
    }
    // The tail is full, and every part of the hub has worked.
    for (let n = 0; n < rounds; n++) await round()
    await waitFor(() => silent?.ids.length === nextId - 1, { timeoutMs: 60_000 })
    const before = await hub.memory()
    await hub.resetPeak()

    silent?.socket.pause()
    for (let n = 0; n < rounds; n++) await round()
    const { peak, now } = await hub.memory()
    const stats = await hub.stats()
    const megabytes = [before.now, before.peak, now, peak].map(bytes => Math.round(bytes / mib))
    console.info(`RSS in MiB before (its peak), after (its peak): ${megabytes.join(', ')}`)
    expect(stats.behind + stats.catchingUp).toBe(1)
    expect(peak - before.now).toBeLessThan(64 * mib)
    const [first] = crowd
    expect(new Set(first?.ids).size).toBe(items)
    for (const { ids, gaps } of crowd) expect({ ids, gaps }).toEqual({ ids: first?.ids, gaps: 0 })

    silent?.socket.resume()
    const all = Array.from({ length: nextId - 1 }, (_, index) => index + 1)
    await waitFor(() => silent?.ids.length === all.length, { timeoutMs: 60_000 })
    expect([...(silent?.ids ?? [])].sort((a, b) => a - b)).toEqual(all)
  },
  loadTimeoutMs,
)
