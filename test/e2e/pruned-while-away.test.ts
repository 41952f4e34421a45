import { expect, test } from 'vitest'
import { openTestDaemon, type TestDaemon } from '../support/daemon-fixture.ts'
import { openOwnDatabase } from '../support/open-own-database.ts'
import { pruneAll } from '../support/prune-all.ts'
import { RoamingDesk } from '../support/roaming-desk.ts'
import { waitFor } from '../support/wait-for.ts'
import { installTables } from '../support/wasla-database.ts'

// One canary at the start and no more: whoever prunes one that the hub has not read makes the hub miss it.
const yaml = 'tables: { item: {} }\ncapture: { canary: 1h }\nhub: { queue: 64KiB, tail: 64KiB }'
const database = await openOwnDatabase()
await database.query('CREATE TABLE item (id int PRIMARY KEY, text text)')
await installTables(database, yaml)
let nextId = 1

async function write(count: number): Promise<void> {
  const from = nextId
  nextId += count
  await database.query(
    `INSERT INTO item SELECT i, repeat('x', 1000) FROM generate_series($1::int, $2::int) i`,
    [from, nextId - 1],
  )
}

const ids = (desk: RoamingDesk) => desk.events.map(event => Number(event.data['id']))
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)

/** A hub that has set `keep` and has read its canary. */
async function openQuietDaemon(): Promise<TestDaemon> {
  const hub = await openTestDaemon(database.url, yaml)
  await waitFor(() => hub.daemon.status().journal !== null && hub.daemon.status().canary.age_ms !== null)
  return hub
}

test('a client that fell further behind than the journal reaches is told so in the stream, and loses nothing after it', async () => {
  const { url, daemon } = await openQuietDaemon()
  const [quick, stuck] = [
    new RoamingDesk('quick', { batch: true }),
    new RoamingDesk('stuck', { batch: true }),
  ]
  await Promise.all([quick.connect(url), stuck.connect(url)])
  stuck.pause()
  const first = nextId
  const writeAndSee = async (rounds: number) => {
    for (let round = 0; round < rounds; round++) {
      await write(500)
      await waitFor(() => quick.events.length === nextId - first)
    }
  }
  // What a read of the journal still sees survives pruning, and sockets hold megabytes: so much is written that the last
  // of it was handed to nobody but the quick one.
  const delivered = () => daemon.status().hub.counters.delivered
  let before: number
  do {
    before = delivered()
    await writeAndSee(20)
  } while (delivered() - before !== 10_000)
  await pruneAll(database)
  stuck.resume()
  await waitFor(() => stuck.gaps.length > 0)
  const after = nextId
  await write(10)
  await waitFor(() => ids(stuck).includes(nextId - 1))
  expect(stuck.gaps).toEqual(['retention'])
  expect(ids(stuck).filter(id => id >= after)).toEqual(range(after, nextId))
  // What came before the gap came without a hole.
  const older = ids(stuck).filter(id => id < after)
  expect(older).toEqual(range(first, first + older.length))
  expect(quick.gaps).toEqual([])
  expect(ids(quick)).toEqual(range(first, nextId))
})

test('pruning is told only to those who miss something by it', async () => {
  const one = await openQuietDaemon()
  const [old, recent] = [new RoamingDesk('old', { batch: true }), new RoamingDesk('recent', { batch: true })]
  await Promise.all([old.connect(one.url), recent.connect(one.url)])
  old.cut()
  const writeAndSee = async (): Promise<void> => {
    await write(1)
    await waitFor(() => ids(recent).includes(nextId - 1))
  }
  // Pruned only after the hub has read it: else the hub itself, and everybody on it, would have missed it.
  await writeAndSee()
  await pruneAll(database)
  await writeAndSee()
  recent.cut()
  const since = nextId
  await write(3)
  await one.daemon.close()
  // Another hub: what the first has in memory would let it resume even the old one.
  const two = await openTestDaemon(database.url, yaml)
  await Promise.all([old.connect(two.url), recent.connect(two.url)])
  await write(1)
  await waitFor(() => [old, recent].every(desk => ids(desk).includes(nextId - 1)))
  expect(old.gaps).toEqual(['retention'])
  expect(recent.gaps).toEqual([])
  expect(ids(recent).filter(id => id >= since)).toEqual(range(since, nextId))
  expect(ids(old)).toEqual([nextId - 1])
})
