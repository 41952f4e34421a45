import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeValue } from '../../src/expressions/decode-value.ts'
import { encodeValue } from '../../src/expressions/encode-value.ts'
import { splitObject } from '../../src/expressions/json-text.ts'
import { readRow } from '../../src/expressions/row.ts'

const row = readRow(
  '{"id": 9007199254740993, "amount": 10.10, "tags": ["a", {"b}": "\\"]"}], "__proto__": "x", "n": null, "näme": "a\\u00e9\\n"}',
)

test('keeps the JSON text of every column', () => {
  expect(row.raw('id')).toBe('9007199254740993')
  expect(row.raw('amount')).toBe('10.10')
  expect(row.raw('tags')).toBe('["a", {"b}": "\\"]"}]')
  expect(row.raw('missing')).toBeUndefined()
})

test('decodes integers exactly and other numbers as doubles', () => {
  expect(row.get('id')).toBe(9007199254740993n)
  expect(row.get('amount')).toBe(10.1)
  expect(row.get('n')).toBeNull()
  expect(row.get('näme')).toBe('aé\n')
})

test('treats a column named __proto__ like any other', () => {
  expect(row.get('__proto__')).toBe('x')
  expect(Object.prototype).not.toHaveProperty('x')
})

test('lists its columns as a map does', () => {
  expect([...row.keys()]).toEqual(['id', 'amount', 'tags', '__proto__', 'n', 'näme'])
  expect(row.size).toBe(6)
  expect(row.has('n')).toBe(true)
  expect([...row].map(([column]) => column)).toEqual([...row.keys()])
  const visited: string[] = []
  row.forEach((_value, column) => {
    visited.push(column)
  })
  expect(visited).toEqual([...row.keys()])
  expect([...row.values()]).toHaveLength(6)
})

test.each(['', '[]', '{"a" 1}', '{"a": 1 "b": 2}', '{"a": "x', '{"a": [1, 2}', '{"a": }', '{a: 1}'])(
  'refuses %s without quoting it',
  text => {
    expect(() => readRow(text).get('a')).toThrow(expect.objectContaining({ code: 'RTB_ROW_UNREADABLE' }))
  },
)

test('refuses nesting that would exhaust the stack, and still passes the text on', () => {
  const deep = `{"a": ${'['.repeat(5000)}${']'.repeat(5000)}}`
  expect(readRow(deep).raw('a')).toHaveLength(10_000)
  expect(() => readRow(deep).get('a')).toThrow(/nested deeper/)
})

test('splits any object as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), fc.nat(2), (object, indent) => {
      const expected: Record<string, unknown> = JSON.parse(JSON.stringify(object))
      const members = splitObject(JSON.stringify(object, null, indent))
      expect([...members.keys()].sort()).toEqual(Object.keys(expected).sort())
      for (const [name, raw] of members) expect(JSON.parse(raw)).toEqual(expected[name])
    }),
  )
})

test('decodes and encodes any JSON value without changing it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      const text = JSON.stringify(value)
      expect(JSON.parse(encodeValue(decodeValue(text)))).toEqual(JSON.parse(text))
    }),
  )
})

test('keeps every digit of any integer', () => {
  fc.assert(
    fc.property(fc.bigInt(), integer => {
      expect(decodeValue(String(integer))).toBe(integer)
      expect(encodeValue(decodeValue(String(integer)))).toBe(String(integer))
    }),
  )
})

test('passes any decimal on as it was printed', () => {
  const decimal = fc.tuple(fc.bigInt(), fc.stringMatching(/^[0-9]{1,30}$/)).map(([a, b]) => `${a}.${b}`)
  fc.assert(
    fc.property(decimal, text => {
      expect(readRow(`{"x": ${text}, "y": 1}`).raw('x')).toBe(text)
    }),
  )
})
