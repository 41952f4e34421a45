import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Cursor } from '../../src/domain/cursor.ts'
import {
  formatCursor,
  maxTokenLength,
  maxTokenTransactions,
  parseCursor,
  sameCursor,
} from '../../src/domain/cursor.ts'
import { RtbridgeError } from '../../src/domain/errors/registry.ts'
import type { Snapshot } from '../../src/domain/snapshot.ts'
import { formatSnapshot } from '../../src/domain/snapshot.ts'
import { anyCursor } from '../support/any-cursor.ts'

const incarnation = '0011223344556677'
const plain: Cursor = { incarnation, snapshot: { xmax: 799n, xip: [795n, 797n] }, inBatch: null }
const inside: Cursor = { ...plain, inBatch: { upTo: { xmax: 900n, xip: [899n] }, seq: 12_345n } }

/** A snapshot with so many transactions in progress, `gap` apart. */
function crowded(count: number, gap = 1n): Snapshot {
  const xip = Array.from({ length: count }, (_, i) => 1_000n + BigInt(i) * gap)
  return { xmax: 1_000n + BigInt(count) * gap, xip }
}

/** A token of our version with these bytes in it. */
function tokenOf(bytes: readonly number[]): string {
  return `v1.${Buffer.from(bytes).toString('base64url')}`
}

/** What parsing ends in: the cursor, or the code of the error. Anything else that is thrown passes. */
function outcome(token: string): Cursor | string {
  try {
    return parseCursor(token)
  } catch (error) {
    if (error instanceof RtbridgeError) return error.code
    throw error
  }
}

describe('a cursor token', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(anyCursor, cursor => {
        expect(parseCursor(formatCursor(cursor))).toEqual(cursor)
      }),
    )
  })

  test('is url-safe and of bounded length', () => {
    fc.assert(
      fc.property(anyCursor, cursor => {
        const token = formatCursor(cursor)
        expect(token).toMatch(/^[A-Za-z0-9._-]+$/)
        expect(token.length).toBeLessThanOrEqual(maxTokenLength)
      }),
    )
  })

  test('is short while few transactions are in progress', () => {
    expect(formatCursor(plain).length).toBeLessThanOrEqual(24)
  })

  test('keeps up to a thousand transactions in progress', () => {
    const cursor = { ...plain, snapshot: crowded(maxTokenTransactions) }
    expect(parseCursor(formatCursor(cursor))).toEqual(cursor)
  })

  test('with 5,000 transactions in progress is of bounded length and names the first of them', () => {
    const snapshot = crowded(5_000, 1_000_003n)
    const token = formatCursor({ incarnation, snapshot, inBatch: { upTo: snapshot, seq: 7n } })
    const kept = { xmax: 1_000n, xip: [] }
    expect(token.length).toBeLessThanOrEqual(64)
    expect(parseCursor(token)).toEqual({ incarnation, snapshot: kept, inBatch: { upTo: kept, seq: 7n } })
  })

  test('is within the limit of what is accepted, however far apart the transactions are', () => {
    const upTo = crowded(maxTokenTransactions, 2n ** 37n)
    const token = formatCursor({ incarnation, snapshot: upTo, inBatch: { upTo, seq: 2n ** 62n } })
    expect(token.length).toBeLessThanOrEqual(maxTokenLength)
    expect(parseCursor(token).inBatch?.upTo).toEqual(upTo)
  })

  test('tells equal positions from different ones', () => {
    expect(sameCursor(plain, { ...plain })).toBe(true)
    expect(sameCursor(plain, inside)).toBe(false)
    expect(sameCursor(plain, { ...plain, incarnation: '7766554433221100' })).toBe(false)
  })
})

describe('a token that rtbridge did not give out', () => {
  const foreign = {
    'the empty text': '',
    'only a version': 'v1.',
    'another version': formatCursor(plain).replace('v1.', 'v2.'),
    'no version': formatCursor(plain).slice(3),
    'a number': '12345',
    'a PostgreSQL snapshot': '795:799:795,797',
    'another alphabet': 'v1.AAAAAAAA/+AAAAAAAA==',
    'a line end after it': `${formatCursor(plain)}\n`,
    'a NUL in it': 'v1.AAAAAAAAAAAA\0AAAA',
    SQL: "v1.'; DROP TABLE bookings; --",
    'a million characters': `v1.${'A'.repeat(1_000_000)}`,
    'more transactions than allowed': tokenOf([...Array(8).fill(7), 0xff, 0x7f, 0xff, 0x7f]),
    'a number that never ends': tokenOf([...Array(8).fill(7), ...Array(40).fill(0xff)]),
    'transaction 0': tokenOf([...Array(8).fill(7), 0, 0]),
    'a transaction id PostgreSQL never assigns': tokenOf([
      ...Array(8).fill(7),
      0x80,
      0x80,
      0x80,
      0x80,
      0x10,
      0,
    ]),
    'a transaction in progress twice': tokenOf([...Array(8).fill(7), 9, 2, 1, 0]),
    'a transaction in progress below 1': tokenOf([...Array(8).fill(7), 9, 1, 10]),
    'a batch without a position': tokenOf([...Array(8).fill(7), 9, 0, 12, 0]),
    'something after its end': tokenOf([...Array(8).fill(7), 9, 0, 12, 0, 1, 1]),
  }

  test.each(Object.entries(foreign))('is refused: %s', (_name, token) => {
    expect(outcome(token)).toBe('RTB_CURSOR_UNREADABLE')
  })

  test('is refused wherever it was cut', () => {
    const token = formatCursor(inside)
    const cuts = Array.from({ length: token.length }, (_, length) => outcome(token.slice(0, length)))
    // Cut between its two halves, what is left reads as a checkpoint: a position of its own, before the cut one.
    const readable = cuts.filter(result => typeof result !== 'string')
    expect(readable.every(cursor => sameCursor(cursor, plain))).toBe(true)
    expect(readable.length).toBeLessThanOrEqual(1)
    expect(new Set(cuts.filter(result => typeof result === 'string'))).toEqual(
      new Set(['RTB_CURSOR_UNREADABLE']),
    )
  })

  test('never ends in anything but a cursor or the refusal, whatever was changed in it', () => {
    const damaged = fc
      .tuple(anyCursor, fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 5 }))
      .map(([cursor, changes]) => {
        const bytes = [...Buffer.from(formatCursor(cursor).slice(3), 'base64url')]
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        return tokenOf(bytes)
      })
    fc.assert(
      fc.property(fc.oneof(damaged, fc.string({ unit: 'binary' }), fc.base64String()), token => {
        const result = outcome(token)
        if (typeof result === 'string') expect(result).toBe('RTB_CURSOR_UNREADABLE')
        else expectUsable(result)
      }),
      { numRuns: 500 },
    )
  })
})

/** What was read obeys the rules of a pg_snapshot, so that PostgreSQL accepts it. */
function expectUsable(cursor: Cursor): void {
  expect(cursor.incarnation).toMatch(/^[0-9a-f]{16}$/)
  for (const { xmax, xip } of [cursor.snapshot, ...(cursor.inBatch ? [cursor.inBatch.upTo] : [])]) {
    const all = [0n, ...xip, xmax]
    expect(all.every((xid, i) => i === 0 || xid > (all[i - 1] ?? 0n))).toBe(true)
    expect(formatSnapshot({ xmax, xip })).toMatch(/^\d+:\d+:[\d,]*$/)
  }
}
