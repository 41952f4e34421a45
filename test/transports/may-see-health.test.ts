import { expect, test } from 'vitest'
import { maySeeHealth } from '../../src/transports/may-see-health.ts'
import { deskRequest, askingWays as ways } from '../support/desk-request.ts'

const from = (address: string, authorization?: string) => deskRequest('/health', address, authorization)

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
