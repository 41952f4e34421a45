import { expect, test } from 'vitest'
import { parseRoomPattern } from '../../src/domain/room-pattern.ts'

function match(pattern: string, room: string) {
  const parsed = parseRoomPattern(pattern)
  return 'problem' in parsed ? parsed.problem : parsed.match(room)
}

test.each([
  ['office', 'office', {}],
  ['office', 'office2', null],
  ['order_{id}', 'order_17', { id: '17' }],
  ['order_{id}', 'order_', null],
  ['order_{id}', 'my_order_17', null],
  ['order_{id}', 'order_1\n7', { id: '1\n7' }],
  ['chat:{station}:{desk}', 'chat:a:b', { station: 'a', desk: 'b' }],
  // The first colon ends the first part, so there is one way to read it.
  ['chat:{station}:{desk}', 'chat:a:b:c', { station: 'a', desk: 'b:c' }],
  ['a.b_{x}^{y}', 'a.b_1^2', { x: '1', y: '2' }],
  ['a.b_{x}', 'aXb_1', null],
])('%s and %s give %j', (pattern, room, parts) => {
  expect(match(pattern, room)).toEqual(parts)
})

test.each([
  ['order_{}', 'has {}, which is no name'],
  ['order_{auth}', 'has {auth}, a name that is taken'],
  ['{a}{b}', 'has nothing between {a} and the next part'],
  ['{a}_{a}', 'has {a} twice'],
  ['order_{id', 'has a brace without its other half'],
  ['order_id}', 'has a brace without its other half'],
])('%s %s', (pattern, problem) => {
  expect(match(pattern, 'x')).toBe(problem)
})
