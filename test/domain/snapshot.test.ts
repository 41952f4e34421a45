import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatSnapshot, parseSnapshot, sameSnapshot, snapshotXmin } from '../../src/domain/snapshot.ts'
import { anySnapshot } from '../support/any-cursor.ts'

test('reads the text of a pg_snapshot', () => {
  expect(parseSnapshot('795:799:795,797')).toEqual({ xmax: 799n, xip: [795n, 797n] })
  expect(parseSnapshot('799:799:')).toEqual({ xmax: 799n, xip: [] })
})

test('writes what it read', () => {
  fc.assert(
    fc.property(anySnapshot, snapshot => {
      expect(parseSnapshot(formatSnapshot(snapshot))).toEqual(snapshot)
    }),
  )
})

test('knows the lowest transaction in progress, which is the next one when none is', () => {
  expect(snapshotXmin({ xmax: 9n, xip: [4n, 7n] })).toBe(4n)
  expect(snapshotXmin({ xmax: 9n, xip: [] })).toBe(9n)
})

test('tells apart snapshots that see different transactions', () => {
  const snapshot = { xmax: 9n, xip: [4n, 7n] }
  expect(sameSnapshot(snapshot, { xmax: 9n, xip: [4n, 7n] })).toBe(true)
  expect(sameSnapshot(snapshot, { xmax: 10n, xip: [4n, 7n] })).toBe(false)
  expect(sameSnapshot(snapshot, { xmax: 9n, xip: [4n] })).toBe(false)
  expect(sameSnapshot(snapshot, { xmax: 9n, xip: [4n, 8n] })).toBe(false)
})
