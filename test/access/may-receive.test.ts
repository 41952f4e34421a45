import { expect, test } from 'vitest'
import { openIdentity } from '../../src/access/identity.ts'
import { mayReceive } from '../../src/access/may-receive.ts'

test.each([
  ['everyone gets an event without rooms and roles', null, null, [], [], true],
  ['a member gets an event of its room', ['a', 'b'], null, ['b'], [], true],
  ['who is in no such room gets none', ['a'], null, ['b'], [], false],
  ['nobody gets an event for an empty list of rooms', [], null, ['a'], [], false],
  ['a role opens its events', null, ['boss'], [], ['boss'], true],
  ['without the role they stay closed', null, ['boss'], [], ['clerk'], false],
  ['rooms and roles must both hold', ['a'], ['boss'], ['a'], [], false],
])('%s', (_title, rooms, roles, memberOf, own, expected) => {
  expect(mayReceive({ ...openIdentity, roles: own }, new Set(memberOf), { rooms, roles })).toBe(expected)
})
