import { describe, expect, test } from 'vitest'
import { createHostList } from '../../../src/transports/door/host-list.ts'

const isOurs = createHostList(['address', 'localhost', 'hostname'], 'Desk.office.lan')

describe('the list of host names', () => {
  test.each([
    'localhost',
    'LOCALHOST:8765',
    '127.0.0.1:8765',
    '192.168.1.20',
    '[::1]:8765',
    '[fe80::1]',
    'desk',
    'desk.local:8765',
    'desk.office.lan',
    'Desk.Local',
  ])('knows %s, which no page of somebody else can be called', host => {
    expect(isOurs(host)).toBe(true)
  })

  test.each([
    'rebind.example',
    'localhost.rebind.example',
    'desk.local.rebind.example',
    'localhost.',
    'desk.lan',
    '127.0.0.1.rebind.example',
    '2130706433',
    '0x7f000001',
    'localhost@rebind.example',
    'localhost:80:80',
    'localhost, rebind.example',
    '[::1',
    '[::g]',
    ' localhost',
    '',
    undefined,
  ])('refuses %s', host => {
    expect(isOurs(host)).toBe(false)
  })

  test('takes exact names, and `any` for those who have no need of it', () => {
    const exact = createHostList(['rt.example'], 'desk')
    expect(exact('rt.example:443')).toBe(true)
    expect(exact('a.rt.example')).toBe(false)
    expect(exact('localhost')).toBe(false)
    expect(exact('127.0.0.1')).toBe(false)
    expect(createHostList(['any'], 'desk')('whatever')).toBe(true)
  })

  test('does not take its own words for names', () => {
    expect(isOurs('address')).toBe(false)
    expect(isOurs('hostname')).toBe(false)
  })
})
