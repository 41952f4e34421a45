import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openIdentity } from '../../src/access/identity.ts'
import { parseCursor } from '../../src/domain/cursor.ts'
import type { Event } from '../../src/domain/event.ts'
import type { EventBatch } from '../../src/domain/event-batch.ts'
import type { Snapshot } from '../../src/domain/snapshot.ts'
import { checkpointAt, eventOf } from './memory-history.ts'
import { openTestHub } from './open-test-hub.ts'

const caller = { identity: openIdentity, address: 'test' }

const idOf = ({ eventId }: Event) => eventId

/** What a reader gives when a second transaction passes the first one by, each in several pieces. */
function passingBy([big = [], small = []]: readonly (readonly Event[])[]): EventBatch[] {
  const begin = checkpointAt(0)
  const upTo = checkpointAt(2).snapshot
  const inside = (snapshot: Snapshot, seq: bigint) => ({ ...begin, snapshot, inBatch: { upTo, seq } })
  const seen = { ...upTo, xip: [1n] }
  const half = small.length / 2
  return [
    { events: small.slice(0, half), cursor: inside(begin.snapshot, 0n) },
    { events: small.slice(half), cursor: inside(seen, 0n) },
    { events: big.slice(0, 5), cursor: inside(seen, 5n) },
    { events: big.slice(5, 10), cursor: inside(seen, 10n) },
    { events: big.slice(10), cursor: checkpointAt(2) },
  ]
}

/** Reads pages until the present is reached. */
async function readAll(
  { hub }: Pick<ReturnType<typeof openTestHub>, 'hub'>,
  from: string | null,
  limit: number,
): Promise<string[][]> {
  const pages: string[][] = []
  let cursor = from
  for (;;) {
    const page = await hub.readHistory(caller, { cursor, limit, subscription: { id: 'default' } })
    if ('gap' in page) throw new Error(page.gap)
    pages.push(page.events.map(event => (JSON.parse(event) as { event_id: string }).event_id))
    if (!page.more) return pages
    if (page.cursor === cursor) throw new Error('a page led nowhere')
    cursor = page.cursor
  }
}

test('pages of any length hold every event once and in order, from memory and from the journal', async () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 8 })
  const pieceSize = fc.integer({ min: 1, max: 5 })
  const limit = fc.integer({ min: 1, max: 6 })
  const inMemory = fc.boolean()
  await fc.assert(
    fc.asyncProperty(sizes, pieceSize, limit, inMemory, async (all, piece, most, isInMemory) => {
      const limits = isInMemory ? {} : { with: { tailBytes: 0 } }
      const testHub = openTestHub({ sizes: all, pieceSize: piece, ...limits })
      testHub.hub.start(checkpointAt(0))
      const start = testHub.hub.stats().cursor
      for (let at = 0; at < all.length; at++)
        for (const batch of testHub.history.pieces(at, at + 1)) testHub.hub.publish(batch)
      const pages = await readAll(testHub, start, most)
      await testHub.hub.close()
      expect(pages.flat()).toEqual(testHub.history.transactions.flat().map(({ eventId }) => eventId))
      expect(Math.max(...pages.map(page => page.length))).toBeLessThanOrEqual(most)
    }),
    { numRuns: 200 },
  )
})

test('a page does not end where what follows has a smaller seq, nor between the events of one change', async () => {
  const seqs = ['1', '1', '4', '3', '3', '5', '6']
  const makeEvent = (nth: number, tx: number) => eventOf(nth, tx, { seq: seqs[nth - 1] ?? '0' })
  const testHub = openTestHub({ sizes: [seqs.length], pieceSize: 10, makeEvent })
  testHub.hub.start(checkpointAt(0))
  const start = testHub.hub.stats().cursor
  for (const batch of testHub.history.pieces(0, 1)) testHub.hub.publish(batch)
  const cuts = new Set<bigint>()
  for (let limit = 1; limit <= seqs.length; limit++) {
    const pages = await readAll(testHub, start, limit)
    expect(pages.flat()).toEqual(['e1', 'e2', 'e3', 'e4', 'e5', 'e6', 'e7'])
    const { hub } = testHub
    const page = await hub.readHistory(caller, { cursor: start, limit, subscription: { id: 'default' } })
    const seq = parseCursor(page.cursor).inBatch?.seq
    if (seq !== undefined) cuts.add(seq)
  }
  await testHub.hub.close()
  expect([...cuts].sort()).toEqual([1n, 4n, 5n])
})

test('a page does not leave out what is still to come of a big transaction that its events pass by', async () => {
  const sizes = [20, 6]
  const all = sizes.reduce((sum, size) => sum + size)
  for (let limit = 1; limit <= all; limit++) {
    const testHub = openTestHub({ sizes })
    testHub.hub.start(checkpointAt(0))
    const start = testHub.hub.stats().cursor
    for (const batch of passingBy(testHub.history.transactions)) testHub.hub.publish(batch)
    const pages = await readAll(testHub, start, limit)
    await testHub.hub.close()
    expect(pages.flat().toSorted()).toEqual(testHub.history.transactions.flat().map(idOf).toSorted())
  }
})

test('a page looks at a bounded number of events, and says that there are more', async () => {
  const sizes = Array.from({ length: 60 }, () => 500)
  const testHub = openTestHub({ sizes, pieceSize: 500, with: { tailBytes: 200_000_000 } })
  testHub.hub.start(checkpointAt(0))
  for (let at = 0; at < sizes.length; at++)
    for (const batch of testHub.history.pieces(at, at + 1)) testHub.hub.publish(batch)
  const subscription = { id: 'default', tables: ['nothing'] }
  const page = await testHub.hub.readHistory(caller, { cursor: null, limit: 10, subscription })
  await testHub.hub.close()
  expect(page).toMatchObject({ events: [], more: true })
})
