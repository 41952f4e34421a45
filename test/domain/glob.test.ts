import { expect, test } from 'vitest'
import { matchesGlob, matchesSomeGlob } from '../../src/domain/glob.ts'

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

test('an empty list matches everything', () => {
  expect(matchesSomeGlob([], 'x')).toBe(true)
  expect(matchesSomeGlob(['a', 'b*'], 'bc')).toBe(true)
  expect(matchesSomeGlob(['a', 'b*'], 'c')).toBe(false)
})
