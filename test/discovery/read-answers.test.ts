import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatPin } from '../../src/discovery/discovered-hub.ts'
import { goodbyeRecords, hostName, hubRecords, instanceName } from '../../src/discovery/hub-records.ts'
import { KnownHubs } from '../../src/discovery/known-hubs.ts'
import { isLoopback, onLink, reachedAt } from '../../src/discovery/networks.ts'
import { readAnswers } from '../../src/discovery/read-answers.ts'

const service = '_rtbridge._tcp.local'
const text = {
  protocol: 1,
  version: '0.1.0',
  tls: false,
  hubId: '3f2a1b4c-0000',
  incarnation: null,
  fingerprint: null,
  path: '/',
}
const hub = { hostname: 'office.example', port: 8_765, hubId: '3f2a1b4c-0000', text }

describe('an announcement', () => {
  test('has a name of one label with at most 63 bytes, and a host name, for every machine', () => {
    const names = fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 300 }), fc.domain())
    fc.assert(
      fc.property(names, fc.integer({ min: 1, max: 65_535 }), fc.uuid(), (hostname, port, hubId) => {
        const name = instanceName({ hostname, port, hubId })
        expect(name).toMatch(/^[0-9A-Za-z][0-9A-Za-z-]{0,62}$/)
        expect(name).toContain(`-${port}-`)
        expect(hostName(hostname)).toMatch(/^[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?\.local$/)
      }),
    )
  })

  test('is taken back without the addresses of the host and without other hubs', () => {
    const goodbye = goodbyeRecords(hubRecords(hub, ['10.0.0.1', 'fd00::1']))
    expect(goodbye.map(({ type, ttl, name }) => [type, ttl, name])).toEqual([
      ['PTR', 0, service],
      ['SRV', 0, `office-8765-3f2a1b.${service}`],
      ['TXT', 0, `office-8765-3f2a1b.${service}`],
    ])
  })
})

describe('networks', () => {
  const network = {
    name: 'eth0',
    address: '10.0.0.1',
    addresses: ['10.0.0.1', '10.0.0.2', 'fd00::1'],
    subnets: ['10.0.0.1/24', '10.0.0.2/24', 'fd00::1/64'],
  }

  test('lead to a hub by the addresses it listens on only', () => {
    expect(reachedAt(network, '0.0.0.0')).toEqual(['10.0.0.1', '10.0.0.2'])
    expect(reachedAt(network, '::')).toEqual(network.addresses)
    expect(reachedAt(network, '10.0.0.2')).toEqual(['10.0.0.2'])
    expect(reachedAt(network, '192.168.0.1')).toEqual([])
    expect(['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1', '10.127.0.1', '::'].map(isLoopback)).toEqual(
      [true, true, true, true, false, false],
    )
  })

  test('have neighbours, and who is farther away is not heard', () => {
    const isNear = onLink([network])
    expect(['10.0.0.200', 'fd00::2', '10.0.1.1', 'fd01::1', '8.8.8.8'].map(isNear)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ])
  })
})

describe('answers', () => {
  const values = fc.oneof(
    fc.constantFrom(
      service,
      `a.${service}`,
      `a.b.${service}`,
      `\u0000.${service}`,
      'x.local',
      'PTR',
      0,
      120,
      null,
    ),
    fc.record({
      port: fc.oneof(fc.integer(), fc.double()),
      target: fc.oneof(fc.string(), fc.constant('x.local')),
    }),
    fc.constantFrom('10.0.0.5', '127.0.0.1', 'fe80::1', '::1', '2001:db8::1', '0.0.0.0', '255.255.255.255'),
    fc.anything(),
  )
  const records = fc.record({
    name: values,
    type: fc.constantFrom('PTR', 'SRV', 'TXT', 'A', 'AAAA', 'NSEC'),
    ttl: fc.oneof(fc.integer(), fc.anything()),
    data: values,
  })

  test('give hubs that can be connected to, or none, whatever is in them', () => {
    fc.assert(
      fc.property(
        fc.array(records, { maxLength: 40 }),
        fc.array(records, { maxLength: 10 }),
        (answers, additionals) => {
          const known = new KnownHubs()
          known.hear(readAnswers({ answers, additionals }, '10.0.0.9'), '10.0.0.9', 0)
          for (const { url, port, addresses, name } of known.list()) {
            const { protocol, hostname, port: written } = new URL(url)
            expect([protocol, Number(written || 80)]).toEqual(['ws:', port])
            expect(['10.0.0.5', '10.0.0.9', '[2001:db8::1]']).toContain(hostname)
            expect(addresses.length).toBeLessThanOrEqual(8)
            expect(name).not.toMatch(/\p{Cc}/u)
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  test('of one hub in two networks are one hub, with the addresses of both', () => {
    const known = new KnownHubs()
    known.hear(readAnswers({ answers: hubRecords(hub, ['10.0.0.1']) }, '10.0.0.1'), '10.0.0.1', 0)
    known.hear(readAnswers({ answers: hubRecords(hub, ['10.9.0.1']) }, '10.9.0.1'), '10.9.0.1', 0)
    expect(known.list()).toMatchObject([{ addresses: ['10.0.0.1', '10.9.0.1'], url: 'ws://10.0.0.1:8765/' }])
    known.hear(readAnswers({ answers: goodbyeRecords(hubRecords(hub, [])) }, '10.0.0.1'), '10.0.0.1', 0)
    expect(known.list()).toMatchObject([{ addresses: ['10.9.0.1'] }])
    known.expire(121_000)
    expect(known.list()).toEqual([])
  })

  test('that name an instance without its place make one ask for it', () => {
    const known = new KnownHubs()
    const [pointer] = hubRecords(hub, [])
    const hear = (answers: object[]) => known.hear(readAnswers({ answers }, '10.0.0.1'), '10.0.0.1', 0)
    expect(hear([pointer ?? {}])).toEqual(['office-8765-3f2a1b'])
    expect(known.list()).toEqual([])
    expect(hear([...hubRecords(hub, [])].slice(2))).toEqual([])
    expect(known.list()).toMatchObject([{ url: 'ws://10.0.0.1:8765/', host: 'office.local' }])
  })

  test('of many responders are kept up to a bound', () => {
    const known = new KnownHubs()
    for (let i = 0; i < 1_000; i++) {
      const from = `10.0.${i >> 8}.${i & 255}`
      known.hear(readAnswers({ answers: hubRecords({ ...hub, port: i + 1 }, [from]) }, from), from, 0)
    }
    expect(known.list()).toHaveLength(256)
    known.expire(121_000)
    known.hear(readAnswers({ answers: hubRecords(hub, ['10.0.0.1']) }, '10.0.0.1'), '10.0.0.1', 121_000)
    expect(known.list()).toHaveLength(1)
  })

  test('of a few who announce hundreds leave room for who announces one', () => {
    const known = new KnownHubs()
    for (let i = 0; i < 10_000; i++) {
      const from = `10.0.0.${10 + (i % 8)}`
      known.hear(readAnswers({ answers: hubRecords({ ...hub, port: i + 1 }, [from]) }, from), from, 0)
    }
    expect(known.list()).toHaveLength(256)
    known.hear(readAnswers({ answers: hubRecords(hub, ['10.0.0.1']) }, '10.0.0.1'), '10.0.0.1', 0)
    expect(known.list()).toHaveLength(256)
    expect(known.list().map(({ url }) => url)).toContain('ws://10.0.0.1:8765/')
  })

  test('lead to nobody elsewhere in the world, but to public addresses of a network that one is in', () => {
    const isNear = onLink([
      {
        name: 'eth0',
        address: '198.51.100.7',
        addresses: [],
        subnets: ['198.51.100.7/24', '2001:db8:1::7/64'],
      },
    ])
    const addressesOf = (...addresses: string[]) => {
      const [found] = readAnswers({ answers: hubRecords(hub, addresses) }, '198.51.100.9', isNear)
      return found?.at?.addresses
    }
    const foreign = ['8.8.8.8', '2001:4860::8888', '169.254.169.254', '172.32.0.1', '198.51.101.1']
    expect(addressesOf(...foreign)).toEqual(['198.51.100.9'])
    const near = ['198.51.100.8', '2001:db8:1::8', '192.168.1.1', '172.31.0.1', '100.64.0.1', 'fd00::1']
    expect(addressesOf('8.8.8.8', ...near)).toEqual(near)
  })
})

test('a pinned fingerprint has to be one', () => {
  expect(formatPin('AB'.repeat(32))).toBe(Array(32).fill('AB').join(':'))
  expect(() => formatPin('AB:CD')).toThrow(expect.objectContaining({ code: 'RTB_DISCOVERY_FINGERPRINT' }))
})
