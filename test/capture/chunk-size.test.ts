import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nextChunkRows } from '../../src/capture/chunk-size.ts'

test('starts small, because nothing is known of the rows yet', () => {
  expect(nextChunkRows(null)).toBe(128)
})

test('fetches many small rows and few large ones', () => {
  expect([10, 1_000, 100_000, 1_048_576, 50_000_000].map(nextChunkRows)).toEqual([2_000, 1_048, 10, 1, 1])
})

test('always fetches a row, and never more than a megabyte by the average', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e12, noNaN: true }), bytesPerRow => {
      const rows = nextChunkRows(bytesPerRow)
      expect(Number.isInteger(rows) && rows >= 1 && rows <= 2_000).toBe(true)
      expect(rows === 1 || rows * bytesPerRow <= 1_048_576).toBe(true)
    }),
  )
})
