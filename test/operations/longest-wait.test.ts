import { expect, test } from 'vitest'
import { longestWaitMs } from '../../src/operations/longest-wait.ts'

const noon = Date.parse('2026-01-02T12:00:00Z')
const write = (xid: string, time: string) => ({ xid, at: `2026-01-02T${time}Z` })

test('a transaction waits since its last write, and of several the one that waited longest counts', () => {
  const changes = [
    write('1', '11:59:50.5'),
    write('2', '11:59:58'),
    write('1', '11:59:59.25'),
    write('2', '11:59:58.125'),
  ]
  expect(longestWaitMs(changes, noon, 0)).toBe(1_875)
})

test('times are told apart whatever the number of their digits', () => {
  expect(longestWaitMs([write('1', '11:59:58.9'), write('2', '11:59:58')], noon, 0)).toBe(2_000)
  expect(longestWaitMs([write('1', '11:59:58.000001'), write('2', '11:59:58')], noon, 0)).toBe(2_000)
})

test('a database whose clock is ahead, or behind, makes nothing look faster or slower', () => {
  expect(longestWaitMs([write('1', '12:04:59')], noon, 300_000)).toBe(1_000)
  expect(longestWaitMs([write('1', '11:54:59')], noon, -300_000)).toBe(1_000)
})

test('no wait is below zero', () => {
  expect(longestWaitMs([write('1', '12:00:01')], noon, 0)).toBe(0)
})
