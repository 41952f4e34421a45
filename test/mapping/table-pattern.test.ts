import { expect, test } from 'vitest'
import { matchesTable, parseTablePattern } from '../../src/domain/table-pattern.ts'

test.each([
  ['bookings', 'public', 'bookings', true],
  ['bookings', 'sales', 'bookings', false],
  ['Bookings', 'public', 'bookings', false],
  ['book*', 'public', 'bookings', true],
  ['b?', 'public', 'bx', true],
  ['sales.*', 'sales', 'a.b', true],
  ['*.audit', 'sales', 'audit', true],
  ['"Odd Name"', 'public', 'Odd Name', true],
  ['"my.schema"."t*"', 'my.schema', 't*', true],
  ['"my.schema"."t*"', 'my.schema', 'tx', false],
  ['"a""b"', 'public', 'a"b', true],
  ['حجوزات', 'public', 'حجوزات', true],
  ['__proto__', 'public', '__proto__', true],
])('%s and table %s.%s: %s', (source, schema, name, expected) => {
  const pattern = parseTablePattern(source)
  expect(pattern && matchesTable(pattern, { schema, name })).toBe(expected)
})

test.each(['', 'a.b.c', 'a b', '"a', 'a.', '.a', '"a"b', 'a"b"'])('%s is no pattern', source => {
  expect(parseTablePattern(source)).toBeNull()
})

test('tells names from globs', () => {
  expect(parseTablePattern('sales."a*"')?.exact).toBe(true)
  expect(parseTablePattern('sales.a*')?.exact).toBe(false)
})
