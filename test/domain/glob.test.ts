import { expect, test } from 'vitest'
import { backtrackingOf, matchesGlob } from '../../src/domain/glob.ts'

test.each([
  ['BOOKING_*', 'BOOKING_CREATED', true],
  ['BOOKING_*', 'VEHICLE_ENTERED', false],
  ['*_CREATED', 'BOOKING_CREATED', true],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['*a*b*', 'xxaxxbxx', true],
  ['', '', true],
  ['a.c', 'abc', false],
])('%s on %s: %s', (pattern, text, expected) => {
  expect(matchesGlob(pattern, text)).toBe(expected)
})

test.each([
  ['BOOKING_CREATED', 0],
  ['BOOKING_*', 0],
  ['*_CREATED', 8 * 15],
  ['*a*b*', 4 * 15],
])('%s begins anew for at most %s steps', (pattern, steps) => {
  expect(backtrackingOf(pattern, 'BOOKING_CREATED')).toBe(steps)
})
