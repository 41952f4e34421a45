import { expect, test } from 'vitest'
import { RuleFailures } from '../../src/operations/rule-failures.ts'

const failed = { table: 'bookings', eventType: 'PAID', field: 'when', message: 'no such column' }

test('a rule that fails on every row is counted, and reported at the first, tenth and hundredth time', () => {
  const reported: number[] = []
  const failures = new RuleFailures(
    ({ count }) => reported.push(count),
    () => 0,
  )
  for (let time = 0; time < 150; time++) failures.add(failed)
  expect(reported).toEqual([1, 10, 100])
  expect(failures.list()).toEqual([{ ...failed, count: 150, lastAt: '1970-01-01T00:00:00.000Z' }])
})

test('failures of different rules are counted apart', () => {
  const failures = new RuleFailures(
    () => {},
    () => 0,
  )
  failures.add(failed)
  failures.add({ ...failed, field: 'data.plate' })
  expect(failures.list().map(({ field, count }) => [field, count])).toEqual([
    ['when', 1],
    ['data.plate', 1],
  ])
})
