import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PairTally } from '../../src/operations/pair-tally.ts'

const label = fc.constantFrom('a', 'b', 'c', 'd', 'other')

test('whatever is counted, nothing is lost, and there are never more pairs than the limit and one', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(label, label)), fc.integer({ min: 0, max: 10 }), (pairs, limit) => {
      const tally = new PairTally(limit)
      for (const [first, second] of pairs) tally.add(first, second)
      const counts = tally.list()
      expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(pairs.length)
      expect(counts.length).toBeLessThanOrEqual(limit + 1)
      expect(new Set(counts.map(({ first, second }) => `${first}/${second}`)).size).toBe(counts.length)
      for (const { first, second, count } of counts) {
        const exact = pairs.filter(([a, b]) => a === first && b === second).length
        if (first === 'other' && second === 'other') expect(count).toBeGreaterThanOrEqual(exact)
        else expect(count).toBe(exact)
      }
    }),
  )
})

test('tells as many pairs apart as it is asked for, each in its place for good, and the rest as one', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(label, label)), fc.integer({ min: 0, max: 6 }), (pairs, most) => {
      const tally = new PairTally(20)
      for (const [at, [first, second]] of pairs.entries()) {
        const before = tally.list(most)
        tally.add(first, second, String(at).padStart(3, '0'))
        const after = tally.list(most)
        expect(after.reduce((sum, { count }) => sum + count, 0)).toBe(at + 1)
        expect(after.length).toBeLessThanOrEqual(most + 1)
        for (const { first: one, second: two, count } of before) {
          const now = after.find(each => each.first === one && each.second === two)
          expect(now?.count).toBeGreaterThanOrEqual(count)
        }
        const newest = after.map(({ lastAt }) => lastAt ?? '').sort()
        expect(newest.at(-1)).toBe(String(at).padStart(3, '0'))
      }
    }),
  )
})
