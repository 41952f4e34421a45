import { describe, expect, test } from 'vitest'
import {
  countedAddress,
  createAddressList,
  normalAddress,
} from '../../../src/transports/door/address-list.ts'

const isOffice = createAddressList(['loopback', 'private', 'link-local'])

describe('the list of addresses', () => {
  test.each([
    '127.0.0.1',
    '127.9.9.9',
    '::1',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.20',
    '169.254.3.4',
    'fd12:3456::1',
    'fe80::1%eth0',
    '::ffff:192.168.1.20',
    '::FFFF:10.1.1.1',
  ])('lets %s in, which is of an office', address => {
    expect(isOffice(normalAddress(address))).toBe(true)
  })

  test.each([
    '8.8.8.8',
    '172.15.255.255',
    '172.32.0.1',
    '192.169.0.1',
    '100.64.0.1',
    '2001:db8::1',
    '::ffff:8.8.8.8',
    '::',
    '',
    'unknown',
  ])('keeps %s out, which is not', address => {
    expect(isOffice(normalAddress(address))).toBe(false)
  })

  test('writes one client in one way, whatever socket it came by', () => {
    expect(normalAddress('::FFFF:192.168.1.20')).toBe('192.168.1.20')
    expect(normalAddress('FE80::1%eth0')).toBe('fe80::1')
    expect(normalAddress('10.0.0.1')).toBe('10.0.0.1')
  })

  test('takes single addresses and ranges', () => {
    const list = createAddressList(['203.0.113.7', '198.51.100.0/30', '2001:db8:1::/48'])
    expect(list('203.0.113.7')).toBe(true)
    expect(list('203.0.113.8')).toBe(false)
    expect(list('198.51.100.3')).toBe(true)
    expect(list('198.51.100.4')).toBe(false)
    expect(list('2001:db8:1:2::3')).toBe(true)
    expect(list('2001:db8:2::3')).toBe(false)
  })

  test('counts a /64 of IPv6 as one, because one machine has it to itself', () => {
    expect(countedAddress('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64')
    expect(countedAddress('2001:db8:1:2::9')).toBe('2001:db8:1:2::/64')
    expect(countedAddress('fd00::1')).toBe('fd00:0:0:0::/64')
    expect(countedAddress('::1')).toBe('0:0:0:0::/64')
    expect(countedAddress('10.0.0.1')).toBe('10.0.0.1')
  })
})
