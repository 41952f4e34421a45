import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clockOffsetMs } from '../../src/capture/clock-offset.ts'
import { ReadLag } from '../../src/capture/read-lag.ts'

const ms = (max: number) => fc.integer({ min: 0, max })

test('clocks of one time have no offset, however long the way', () => {
  fc.assert(
    fc.property(ms(5_000), ms(5_000), (there, back) => {
      expect(clockOffsetMs({ sentMs: 1_000, writtenMs: 1_000 + there, seenMs: 1_000 + there + back })).toBe(0)
    }),
  )
})

test('an offset is never told too small for a database that is ahead, and wrong by a round trip at most', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e7, max: 1e7 }), ms(500), ms(500), (ahead, there, back) => {
      const writtenMs = 1_000 + there + ahead
      const told = clockOffsetMs({ sentMs: 1_000, writtenMs, seenMs: 1_000 + there + back })
      expect(Math.abs(told - ahead)).toBeLessThanOrEqual(there + back + 1)
      if (told !== 0) expect(told).toBeGreaterThanOrEqual(ahead)
    }),
  )
})

test('the lag of the reader grows from the begin of its last read, and is none while it rests', () => {
  let now = 0
  const lag = new ReadLag(() => now)
  expect(lag.ms).toBeNull()
  lag.reached(5)
  now = 20
  expect(lag.ms).toBe(15)
  lag.rest()
  now = 5_000
  expect(lag.ms).toBe(0)
  lag.wake()
  now = 5_007
  expect(lag.ms).toBe(7)
})
