import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { isAdminOrLocal } from '../../src/access/identify.ts'
import { openIdentity } from '../../src/access/identity.ts'
import { rtbridgeError } from '../../src/domain/errors/registry.ts'
import { maySeeHealth } from '../../src/transports/may-see-health.ts'

const roles: Readonly<Record<string, readonly string[]>> = {
  'Bearer boss': ['admin'],
  'Bearer ann': ['clerk'],
}
const ways = {
  isOpen: false,
  isAdmin: isAdminOrLocal,
  identify: async ({ authorization }: { authorization: string | null }) => {
    const known = roles[authorization ?? '']
    if (known === undefined) throw rtbridgeError('RTB_AUTH_INVALID', {})
    return { ...openIdentity, user: 'somebody', roles: known }
  },
}

function from(address: string, authorization?: string) {
  const socket = Object.defineProperty(new Socket(), 'remoteAddress', { value: address })
  return { url: '/health', headers: authorization === undefined ? {} : { authorization }, socket }
}

test.each([
  ['this machine', from('::ffff:127.0.0.1'), true],
  ['a desk that shows nothing', from('192.168.1.7'), false],
  ['a desk of a clerk', from('192.168.1.7', 'Bearer ann'), false],
  ['a desk of an admin', from('192.168.1.7', 'Bearer boss'), true],
])('details of health for %s', async (_who, request, expected) => {
  expect(await maySeeHealth(request, ways)).toBe(expected)
})

test('details of health for everybody where nobody is asked', async () => {
  expect(await maySeeHealth(from('192.168.1.7'), { ...ways, isOpen: true })).toBe(true)
})

test('a token that is not valid is told so', async () => {
  await expect(maySeeHealth(from('192.168.1.7', 'Bearer x'), ways)).rejects.toMatchObject({
    code: 'RTB_AUTH_INVALID',
  })
})
