import fc from 'fast-check'
import { expect, test } from 'vitest'
import { valueKey } from '../../../../src/client/tables/state/value-key.ts'

/** Less than 0, 0 or more than 0, as the keys have it. */
function compareKeys(type: string, a: unknown, b: unknown): number {
  const [x, y] = [a, b].map(valueKey(type)) as [string, string]
  return x < y ? -1 : Number(x > y)
}

function compare(a: bigint | number, b: bigint | number): number {
  return a < b ? -1 : Number(a > b)
}

/** A decimal of up to 30 digits behind its point, by its value times 10^30. */
function printDecimal(units: bigint): string {
  const digits = `${units < 0n ? -units : units}`.padStart(31, '0')
  return `${units < 0n ? '-' : ''}${digits.slice(0, -30)}.${digits.slice(-30)}`
}

const units = fc
  .tuple(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.integer({ min: 0, max: 40 }))
  // As many small ones as big ones.
  .map(([value, shift]) => value / 10n ** BigInt(shift))

test('decimals of any size are in order by their keys, with all digits', () => {
  fc.assert(
    fc.property(units, units, fc.bigInt({ min: -2n, max: 2n }), (a, b, near) => {
      for (const other of [b, a + near]) {
        expect(compareKeys('numeric', printDecimal(a), printDecimal(other))).toBe(compare(a, other))
      }
    }),
  )
})

test('numbers are in order by their keys as JavaScript prints them', () => {
  const double = fc.double({ noNaN: true })
  fc.assert(
    fc.property(double, double, (a, b) => {
      expect(compareKeys('numeric', a, b)).toBe(compare(a, b))
    }),
  )
})

test('moments are in order by their keys, whatever their offset', () => {
  const ms = fc.integer({ min: Date.UTC(1, 0, 1), max: Date.UTC(9999, 11, 31) })
  const minutes = fc.integer({ min: -14 * 60, max: 14 * 60 })
  const moment = fc.record({ ms, minutes })
  const print = ({ ms, minutes }: { ms: number; minutes: number }) => {
    const [hour, minute] = [Math.trunc(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
    const offset = [hour, minute].map(part => `${part}`.padStart(2, '0')).join(':')
    const local = new Date(ms + minutes * 60_000).toISOString().replace(/\.?0*Z$/, '')
    return `${local}${minutes < 0 ? '-' : '+'}${offset}`
  }
  fc.assert(
    fc.property(moment, moment, minutes, (a, b, otherMinutes) => {
      const keyType = 'timestamp with time zone'
      expect(compareKeys(keyType, print(a), print(b))).toBe(compare(a.ms, b.ms))
      expect(compareKeys(keyType, print(a), print({ ...a, minutes: otherMinutes }))).toBe(0)
    }),
  )
})

test('ranges of numbers, as a key may be of them, are in order as they are printed: the empty one, too', () => {
  const printed = ['(,5)', '[-1,5)', '[10,20)', '[9,20)', 'empty']
  const type = 'int4range'
  expect([...printed].sort((a, b) => compareKeys(type, a, b))).toEqual(printed)
})
