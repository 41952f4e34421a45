import { expect, test } from 'vitest'
import type { PresenceEntry } from '../../../src/domain/presence.ts'
import { RemoteHubs } from '../../../src/hub/rooms/remote-hubs.ts'
import { ManualClock } from '../open-test-hub.ts'

function open() {
  const clock = new ManualClock()
  const there = new Map<string, PresenceEntry>()
  const asked: string[] = []
  const hubs = new RemoteHubs({
    hubId: 'own',
    clock,
    silentMs: 10_000,
    graceMs: 5_000,
    put: entry => void there.set(entry.id, entry),
    remove: id => void there.delete(id),
    ask: hubId => void asked.push(hubId),
    answer: () => {},
  })
  return { clock, there, asked, hubs }
}

function entry(id: string): PresenceEntry {
  return { id, user: null, clientId: id, appName: 'Desk', away: false, rooms: [] }
}

test('a hub speaks of its own connections only, whatever it calls them', () => {
  const { hubs, there } = open()
  hubs.hear('a', { word: 'all', number: 1, entries: [entry('1')] })
  hubs.hear('b', { word: 'all', number: 1, entries: [entry('1')] })
  expect(there.size).toBe(2)
  hubs.hear('b', { word: 'change', number: 2, changed: [], gone: ['1', 'a 1'] })
  expect([...there.keys()]).toEqual(['a 1'])
})

test('a hub whose word was missed is asked for everything, once in a while, and not believed until it answers', () => {
  const { hubs, there, asked, clock } = open()
  hubs.hear('a', { word: 'all', number: 1, entries: [entry('1')] })
  hubs.hear('a', { word: 'change', number: 3, changed: [entry('3')], gone: [] })
  hubs.hear('a', { word: 'change', number: 4, changed: [entry('4')], gone: [] })
  expect([asked, [...there.keys()]]).toEqual([['a'], ['a 1']])
  clock.advance(1_000)
  hubs.hear('a', { word: 'beat', number: 4 })
  expect(asked).toEqual(['a', 'a'])
  hubs.hear('a', { word: 'all', number: 4, entries: [entry('3'), entry('4')] })
  hubs.hear('a', { word: 'beat', number: 4 })
  expect([asked.length, [...there.keys()]]).toEqual([2, ['a 3', 'a 4']])
})

test('only so many hubs, and connections of each, are remembered', () => {
  const { hubs, there, asked } = open()
  for (let n = 0; n < 200; n++) hubs.hear(`hub-${n}`, { word: 'beat', number: 1 })
  expect(asked).toHaveLength(64)
  const entries = Array.from({ length: 15_000 }, (_, n) => entry(`${n}`))
  hubs.hear('hub-0', { word: 'all', number: 1, entries })
  expect(there.size).toBe(10_000)
})
