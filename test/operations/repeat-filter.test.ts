import { expect, test } from 'vitest'
import { createRepeatFilter } from '../../src/operations/repeat-filter.ts'

test('the same trouble is news once, and again when it is time to remind', () => {
  let time = 0
  const isNews = createRepeatFilter(60_000, () => time)
  const heard = [isNews('REFUSED'), isNews('REFUSED')]
  time = 59_999
  heard.push(isNews('REFUSED'))
  time = 60_000
  heard.push(isNews('REFUSED'), isNews('REFUSED'), isNews('TIMEOUT'), isNews('REFUSED'))
  expect(heard).toEqual([true, false, false, true, false, true, true])
})
