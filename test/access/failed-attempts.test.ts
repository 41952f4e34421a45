import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FailedAttempts } from '../../src/access/failed-attempts.ts'

function open(limit = 3, maxAddresses = 10_000) {
  let now = 0
  const attempts = new FailedAttempts({ limit, now: () => now, maxAddresses })
  const isRefused = (address: string) => {
    try {
      attempts.check(address)
      return false
    } catch (error) {
      expect(error).toMatchObject({ code: 'RTB_AUTH_ATTEMPTS' })
      return true
    }
  }
  return {
    attempts,
    isRefused,
    fail: (address: string, times = 1) => {
      for (let i = 0; i < times; i++) attempts.add(address)
    },
    pass: (ms: number) => {
      now += ms
    },
  }
}

describe('failed attempts', () => {
  test('an address that failed as often as allowed is refused, until the minute is over', () => {
    const { fail, isRefused, pass } = open()
    fail('192.0.2.1', 2)
    expect(isRefused('192.0.2.1')).toBe(false)
    fail('192.0.2.1')
    expect(isRefused('192.0.2.1')).toBe(true)
    pass(59_999)
    expect(isRefused('192.0.2.1')).toBe(true)
    pass(1)
    expect(isRefused('192.0.2.1')).toBe(false)
  })

  test('the refusal says how long it lasts', () => {
    const { attempts, fail, pass } = open()
    fail('192.0.2.1', 3)
    pass(20_000)
    expect(() => attempts.check('192.0.2.1')).toThrow('counts in 40000 ms')
  })

  test('one address does not answer for another', () => {
    const { fail, isRefused } = open()
    fail('192.0.2.1', 9)
    expect(isRefused('192.0.2.2')).toBe(false)
  })

  test.each([
    ['2001:db8::1', '2001:db8::ffff:1:2:3'],
    ['2001:db8:0:0:1::', '2001:0db8::9'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['fe80::1%eth0', 'fe80::2'],
  ])('%s and %s count as one', (one, other) => {
    const { fail, isRefused } = open()
    fail(one, 3)
    expect(isRefused(other)).toBe(true)
  })

  test('neighbouring networks of IPv6 count on their own', () => {
    const { fail, isRefused } = open()
    fail('2001:db8:0:1::1', 3)
    expect(isRefused('2001:db8:0:2::1')).toBe(false)
  })

  test('the table is bounded, and forgets who began to fail longest ago', () => {
    const { attempts, fail, isRefused } = open(1, 100)
    for (let i = 0; i < 1_000; i++) fail(`192.0.${i >> 8}.${i & 255}`)
    expect(attempts.size).toBe(100)
    expect(isRefused('192.0.0.0')).toBe(false)
    expect(isRefused('192.0.3.231')).toBe(true)
  })

  test('never are more than the limit looked at within a minute', () => {
    const step = fc.record({ pauseMs: fc.nat(30_000), host: fc.nat(2) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), steps => {
        const { fail, isRefused, pass } = open()
        const looked = [0, 0, 0]
        let windowStart = [-60_000, -60_000, -60_000]
        let now = 0
        for (const { pauseMs, host } of steps) {
          pass(pauseMs)
          now += pauseMs
          if (isRefused(`192.0.2.${host}`)) continue
          fail(`192.0.2.${host}`)
          if (now - (windowStart[host] ?? 0) >= 60_000) {
            windowStart = windowStart.with(host, now)
            looked[host] = 0
          }
          looked[host] = (looked[host] ?? 0) + 1
          expect(looked[host]).toBeLessThanOrEqual(3)
        }
      }),
    )
  })
})

test('an address that stands for many is never refused for what one of them sent', () => {
  const attempts = new FailedAttempts({ limit: 1, now: () => 0, isShared: address => address === '10.0.0.1' })
  for (const address of ['10.0.0.1', '10.0.0.2']) attempts.add(address)
  expect(() => attempts.check('10.0.0.1')).not.toThrow()
  expect(() => attempts.check('10.0.0.2')).toThrowError(
    expect.objectContaining({ code: 'RTB_AUTH_ATTEMPTS' }),
  )
})
