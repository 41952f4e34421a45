import { expect, test } from 'vitest'
import type { AnnouncedAddress, HubAnnouncement } from '../../src/domain/signal-bus.ts'
import { isProven, proveAddress } from '../../src/signals/address-proof.ts'
import { readBusMessage, writeBusMessage } from '../../src/signals/bus-message.ts'
import { SiblingHubs } from '../../src/signals/sibling-hubs.ts'

const secret = 'secret'

interface Place {
  readonly url?: string
  readonly machine?: string
  readonly startedAt?: string
}

function hub(hubId: string, { url = `ws://${hubId}/`, machine = 'm', startedAt = '1' }: Place = {}) {
  const plain = { hubId, host: 'h', port: 1, rules: 'r', version: '1', startedAt }
  return { ...plain, address: proveAddress(hubId, { url, machine }, secret) } satisfies HubAnnouncement
}

function openSiblings(own: Place = {}) {
  const time = { now: 0 }
  const siblings = new SiblingHubs({
    self: () => hub('self', own),
    everyMs: 100,
    isProven: (hubId, address) => isProven(hubId, address, secret),
    now: () => time.now,
  })
  const urls = () => siblings.list().map(({ url }) => url)
  /** This hub hears itself, as it does at intervals. */
  const turn = () => {
    time.now += 100
    siblings.hear('self', hub('self', own))
  }
  return { siblings, urls, turn, time }
}

test('hubs that said where they are found are told in one order, whoever spoke last', () => {
  const { siblings, urls } = openSiblings()
  for (const id of ['b', 'a', 'c', 'b']) siblings.hear(id, hub(id))
  expect(siblings.list()).toEqual(['a', 'b', 'c'].map(hubId => ({ hubId, url: `ws://${hubId}/` })))
  siblings.hear('b', null)
  expect(urls()).toEqual(['ws://a/', 'ws://c/'])
})

test('a hub of an older version, which does not say where it is found, is not told', () => {
  const { siblings, urls } = openSiblings()
  const { address: _, ...older } = hub('old')
  siblings.hear('old', older)
  expect(urls()).toEqual([])
})

test('an address that no hub of this database announced is not believed, and moves nobody', () => {
  const { siblings, urls, turn } = openSiblings()
  siblings.hear('a', hub('a'))
  const forged = { ...hub('a').address, url: 'ws://thief/' }
  const others: AnnouncedAddress[] = [forged, { ...forged, proof: '' }, { ...hub('b').address }]
  for (const address of others) siblings.hear('a', { ...hub('a'), address })
  siblings.hear('x', { ...hub('a'), hubId: 'x' })
  expect(urls()).toEqual(['ws://a/'])
  for (let n = 0; n < 4; n++) {
    siblings.hear('a', { ...hub('a'), address: forged })
    turn()
  }
  expect(urls()).toEqual([])
})

test('a hub that is silent for some turns is gone, and none is while this hub hears nothing itself', () => {
  const { siblings, urls, turn, time } = openSiblings()
  siblings.hear('silent', hub('silent'))
  siblings.hear('speaking', hub('speaking'))
  time.now += 1_000_000
  expect(urls()).toHaveLength(2)
  for (let n = 0; n < 3; n++) {
    turn()
    siblings.hear('speaking', hub('speaking'))
  }
  expect(urls()).toEqual(['ws://silent/', 'ws://speaking/'])
  turn()
  expect(urls()).toEqual(['ws://speaking/'])
})

test('answers to newcomers in between make nobody look silent', () => {
  const { siblings, urls, time } = openSiblings()
  siblings.hear('a', hub('a'))
  for (let n = 0; n < 50; n++) {
    time.now += 1
    siblings.hear('self', hub('self'))
  }
  expect(urls()).toEqual(['ws://a/'])
})

test('a loopback address is told to clients that came by one on the same machine, and to no others', () => {
  const local = 'ws://127.0.0.1:2/'
  const urlsFor = (own: Place) => {
    const { siblings, urls } = openSiblings(own)
    siblings.hear('here', hub('here', { url: local, machine: 'm' }))
    siblings.hear('there', hub('there', { url: 'ws://localhost:3/', machine: 'other' }))
    siblings.hear('net', hub('net'))
    return urls()
  }
  expect(urlsFor({ url: 'ws://[::1]:1/' })).toEqual([local, 'ws://net/'])
  expect(urlsFor({ url: 'ws://desk:1/' })).toEqual(['ws://net/'])
})

test('of hubs behind one URL the last one counts, and the own URL is not told', () => {
  const { siblings } = openSiblings({ url: 'wss://hubs/' })
  siblings.hear('z', hub('z', { url: 'wss://other/', startedAt: '1' }))
  siblings.hear('a', hub('a', { url: 'wss://other/', startedAt: '2' }))
  siblings.hear('z', hub('z', { url: 'wss://other/', startedAt: '1' }))
  siblings.hear('own', hub('own', { url: 'wss://hubs/' }))
  expect(siblings.list()).toEqual([{ hubId: 'a', url: 'wss://other/' }])
})

test('no more than 32 are told, and 64 remembered, however many say that they are there', () => {
  const { siblings, urls } = openSiblings()
  for (let n = 0; n < 500; n++) siblings.hear(`hub-${n}`, hub(`hub-${n}`))
  expect(urls()).toHaveLength(32)
  for (let n = 437; n < 500; n++) siblings.hear(`hub-${n}`, null)
  expect(urls()).toEqual(['ws://hub-436/'])
})

test.each([
  ['not a URL', { url: 'desk:1' }],
  ['another scheme', { url: 'http://desk/' }],
  ['another spelling', { url: 'WS://desk' }],
  ['a user', { url: 'ws://a:b@desk/' }],
  ['a query', { url: 'ws://desk/?ticket=1' }],
  ['too long', { url: `ws://${'a'.repeat(60)}.${'b'.repeat(140)}/` }],
  ['no text', { url: 7 }],
  ['no machine', { machine: undefined }],
  ['no proof', { proof: null }],
])('an announcement with an address that is %s is junk', (_, changes) => {
  const { hubId: __, ...good } = hub('a')
  expect(readBusMessage(writeBusMessage({ kind: 'hub', hub: good }))).toEqual({ kind: 'hub', hub: good })
  const bad = { kind: 'hub', hub: { ...good, address: { ...good.address, ...changes } } }
  expect(readBusMessage(JSON.stringify(bad))).toBeNull()
})
