import { expect, test } from 'vitest'
import { memberText, splitObject } from '../../src/expressions/json-text.ts'

const text = '{"a": {"id": 1, "b": [1, "}"]}, "say \\"id\\"": "x", "id": 10.10, "end": null}'

test('gives the members of an object as they stand in the text', () => {
  expect([...splitObject(text)]).toEqual([
    ['a', '{"id": 1, "b": [1, "}"]}'],
    ['say "id"', '"x"'],
    ['id', '10.10'],
    ['end', 'null'],
  ])
})

test.each([...splitObject(text)])('finds the member %s without splitting the object', (name, value) => {
  expect(memberText(text, name)).toBe(value)
})

test('finds nothing where there is no such member', () => {
  expect(memberText(text, 'b')).toBeUndefined()
  expect(memberText('{}', 'id')).toBeUndefined()
})

test.each(['', '[]', '{"a"}', '{"a": 1', '{"a": 1 "id": 2}', '{"a": }'])('refuses %s', broken => {
  expect(() => memberText(broken, 'id')).toThrow(expect.objectContaining({ code: 'RTB_ROW_UNREADABLE' }))
})
