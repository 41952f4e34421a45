import { expect, test, vi } from 'vitest'
import type { Event } from '../../src/domain/event.ts'
import { WhereFilter } from '../../src/hub/matching/where-filter.ts'
import { eventOf } from './memory-history.ts'

function change(op: Event['op'], oldRow: string | null, newRow: string | null, truncated = false): Event {
  const event = eventOf(1, 1)
  return { ...event, op, truncated, change: { ...event.change, op, oldRow, newRow, truncated } }
}

const isOpen = new WhereFilter('a', 'new.status == "OPEN"')
const open = '{"status":"OPEN"}'
const shut = '{"status":"SHUT"}'

function trial(onError = () => {}) {
  return { budget: { left: 1_000 }, onError }
}

test.each([
  ['an INSERT that matches enters', change('INSERT', null, open), { before: false, after: true }],
  ['an UPDATE into it enters', change('UPDATE', shut, open), { before: false, after: true }],
  ['an UPDATE inside it stays', change('UPDATE', open, open), { before: true, after: true }],
  ['an UPDATE out of it leaves', change('UPDATE', open, shut), { before: true, after: false }],
  ['a DELETE from it leaves', change('DELETE', open, null), { before: true, after: false }],
  ['a DELETE outside is nothing', change('DELETE', shut, null), { before: false, after: false }],
  ['a TRUNCATE passes', change('TRUNCATE', null, null), 'unknown'],
  ['a truncated row passes', change('UPDATE', null, '{"id":1}', true), 'unknown'],
])('%s', (_title, event, expected) => {
  expect(isOpen.test(event, trial())).toEqual(expected)
})

test('a where that fails on a row does not match, and is counted', () => {
  const onError = vi.fn()
  expect(isOpen.test(change('INSERT', null, '{"other":1}'), trial(onError))).toEqual({
    before: false,
    after: false,
  })
  expect(onError).toHaveBeenCalledOnce()
})

test('an event without a row is tested on its data', () => {
  const event = { ...eventOf(1, 1, { op: 'PUBLISH', kind: 'published' }), data: open }
  expect(isOpen.test(event, trial())).toEqual({ before: false, after: true })
})

test('a condition that is not CEL is refused with its subscription named', () => {
  expect(() => new WhereFilter('mine', 'new.status ==')).toThrow(/"mine"/)
})
