import { expect, test } from 'vitest'
import { rowKey } from '../../src/expressions/row-key.ts'

test('gives a single key as text, numbers digit by digit', () => {
  expect(rowKey('{"id": 9007199254740993}', ['id'])).toBe('9007199254740993')
  expect(rowKey('{"id": 1.50}', ['id'])).toBe('1.50')
})

test('unescapes a text key', () => {
  expect(rowKey('{"id": "a\\"b\\u00e9"}', ['id'])).toBe('a"bé')
})

test('gives several key columns as a JSON array of texts, in key order', () => {
  expect(rowKey('{"b": "x", "a": 1}', ['a', 'b'])).toBe('["1","x"]')
})

test('gives null without key columns', () => {
  expect(rowKey('{"id": 1}', [])).toBeNull()
})

test('gives null when a key column is missing or null', () => {
  expect(rowKey('{"a": 1}', ['a', 'b'])).toBeNull()
  expect(rowKey('{"a": null}', ['a'])).toBeNull()
})
