import fc from 'fast-check'
import type { Cursor } from '../../src/domain/cursor.ts'
import type { Snapshot } from '../../src/domain/snapshot.ts'

/** Transaction ids as a server could assign them in its lifetime; 0 to 2 of each 2^32 are never given out. */
const anyXid = fc.bigInt({ min: 3n, max: 2n ** 48n }).filter(xid => BigInt.asUintN(32, xid) > 2n)

/** Any snapshot, from an idle server's to one with hundreds of transactions in progress. */
export const anySnapshot: fc.Arbitrary<Snapshot> = fc
  .uniqueArray(anyXid, { minLength: 1, maxLength: 400 })
  .map(xids => xids.sort((a, b) => (a < b ? -1 : 1)))
  .map(xids => ({ xmax: xids.at(-1) ?? 3n, xip: xids.slice(0, -1) }))

const anyIncarnation = fc
  .uint8Array({ minLength: 8, maxLength: 8 })
  .map(bytes => Buffer.from(bytes).toString('hex'))

/** Any position that the reader could give out. */
export const anyCursor: fc.Arbitrary<Cursor> = fc.record({
  incarnation: anyIncarnation,
  snapshot: anySnapshot,
  inBatch: fc.option(fc.record({ upTo: anySnapshot, seq: fc.bigInt({ min: 1n, max: 2n ** 62n }) })),
})
