import { expect, test } from 'vitest'
import { TokenBucket } from '../../src/domain/token-bucket.ts'

test('so many at once, then so many a second, and never more at once after a long rest', () => {
  const bucket = new TokenBucket(10, 3, 0)
  expect([0, 0, 0, 0].map(now => bucket.take(1, now))).toEqual([0, 0, 0, 100])
  expect([50, 100, 100, 1_000_000, 1_000_000, 1_000_000, 1_000_000].map(now => bucket.take(1, now))).toEqual([
    50, 0, 100, 0, 0, 0, 100,
  ])
})
