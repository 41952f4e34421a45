import { expect, test } from 'vitest'
import { matchesSomeGlob } from '../../../src/hub/matching/matches-some-glob.ts'

test('an empty list matches everything, another one what one of it matches', () => {
  const budget = { left: 100 }
  const trial = { budget }
  expect(matchesSomeGlob([], 'x', trial)).toBe(true)
  expect(matchesSomeGlob(['a', 'b*'], 'bc', trial)).toBe(true)
  expect(matchesSomeGlob(['a', 'b*'], 'c', trial)).toBe(false)
  expect(budget.left).toBe(100)
})

test('globs that begin anew at each place pay until nothing is left, others match without', () => {
  const budget = { left: 1_000 }
  const trial = { budget, isUnfinished: false }
  const long = Array.from({ length: 100 }, (_, n) => `*${'a'.repeat(90)}${n}`)
  expect(matchesSomeGlob([...long, '*a'], 'a'.repeat(200), trial)).toBe(false)
  expect(budget.left).toBeLessThan(0)
  expect(trial.isUnfinished).toBe(true)
  expect(matchesSomeGlob(['x', 'a*'], 'ab', trial)).toBe(true)
})
