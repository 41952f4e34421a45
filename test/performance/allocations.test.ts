import type { HeapProfiler } from 'node:inspector'
import { Session } from 'node:inspector/promises'
import { expect, test } from 'vitest'
import { openTestDaemon } from '../support/daemon-fixture.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitFor } from '../support/wait-for.ts'

const database = await createTestDatabase()
await database.query('CREATE TABLE bookings (id int PRIMARY KEY, seats int, passenger text)')
await database.query(`SELECT rtbridge.capture_table('bookings', '{id}')`)

const quiet = 'capture: { safety_read: 1h, canary: 1h, canary_timeout: 1h }\nhub: { checkpoint_every: 1h }'
const events = 20_000

/** Bytes that were asked for on the heap meanwhile, whatever became of them: an estimate from samples. */
async function allocatedBy(work: () => Promise<void>): Promise<number> {
  const session = new Session()
  session.connect()
  try {
    await session.post('HeapProfiler.startSampling', {
      samplingInterval: 16_384,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    })
    await work()
    const { profile } = await session.post('HeapProfiler.stopSampling')
    return sizeOf(profile.head)
  } finally {
    session.disconnect()
  }
}

function sizeOf({ selfSize, children }: HeapProfiler.SamplingHeapProfileNode): number {
  return children.reduce((sum, child) => sum + sizeOf(child), selfSize)
}

test('an event on its way from the journal to a client in batches takes few bytes of the heap', async () => {
  const hub = await openTestDaemon(database.url, quiet)
  await hub.daemon.live
  const client = await hub.register({ batch: true })
  const write = async (from: number) => {
    const { delivered } = hub.daemon.status().hub.counters
    await database.query(
      `INSERT INTO bookings SELECT n, 2, 'somebody' FROM generate_series($1::int, $2::int) n`,
      [from, from + events - 1],
    )
    await waitFor(() => hub.daemon.status().hub.counters.delivered === delivered + events)
  }
  // What is compiled and made once is nobody's.
  await write(1)
  const bytes = await allocatedBy(() => write(events + 1))
  // 5,800 with Node 20, the test's own client among it, and 30 % room.
  expect(bytes / events).toBeLessThan(7_500)
  client.close()
})
