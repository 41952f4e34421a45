import { expect, onTestFinished, test } from 'vitest'
import type { HubAnnouncement } from '../../src/domain/signal-bus.ts'
import { HubDirectory } from '../../src/signals/hub-directory.ts'
import { HubPresence } from '../../src/signals/hub-presence.ts'
import { waitFor } from '../support/wait-for.ts'

function hub(hubId: string, rules = 'r'): HubAnnouncement {
  return { hubId, host: 'h', port: 1, rules, version: '1', startedAt: '2026-01-01T00:00:00.000Z' }
}

/** Hubs that hear each other while `connected`, as over a bus. */
function openFleet(everyMs: number) {
  const air = { connected: true, words: 0, of: {} as Record<string, number> }
  const hubs: { id: string; presence: HubPresence; news: string[] }[] = []
  const say = (hubId: string, word: HubAnnouncement | null) => {
    air.words++
    air.of[hubId] = (air.of[hubId] ?? 0) + 1
    if (air.connected) for (const { presence } of hubs) setImmediate(() => presence.hear(hubId, word))
  }
  const open = (id: string, rules = 'r', hears = true) => {
    const news: string[] = []
    const presence = new HubPresence({
      announcer: { announce: word => say(id, word), farewell: () => say(id, null) },
      self: () => hub(id, rules),
      everyMs,
      onNews: other => news.push(`${other.hubId} ${other.rules}`),
      now: () => performance.now(),
      random: () => 0.5,
    })
    const entry = { id, presence, news }
    hubs.push(entry)
    onTestFinished(() => presence.close())
    presence.start(hears)
    return entry
  }
  return { air, open }
}

test('a newcomer and those who are there know each other long before the next announcement is due', async () => {
  const { air, open } = openFleet(3_600_000)
  const all = ['a', 'b', 'c'].map(id => open(id))
  await waitFor(() => all.every(({ presence }) => presence.list().length === 2))
  const late = open('d', 'other')
  await waitFor(() => late.presence.list().length === 3)
  await waitFor(() => all.every(({ presence }) => presence.list().length === 3))
  expect(all[0]?.news).toContain('d other')
  // Each newcomer costs a word of each, not an avalanche.
  expect(air.words).toBeLessThan(20)
})

test('a hub that was not heard repeats itself', async () => {
  const { air, open } = openFleet(3_600_000)
  air.connected = false
  open('a')
  await waitFor(() => air.words >= 2)
})

test('a hub that cannot hear does not repeat itself', async () => {
  const { air, open } = openFleet(3_600_000)
  air.connected = false
  open('deaf', 'r', false)
  open('other')
  await waitFor(() => (air.of['other'] ?? 0) >= 3)
  expect(air.of['deaf']).toBe(1)
})

test('a hub that ends is forgotten at once', async () => {
  const { open } = openFleet(3_600_000)
  const [a, b] = [open('a'), open('b')]
  await waitFor(() => a.presence.list().length === 1)
  b.presence.close()
  await waitFor(() => a.presence.list().length === 0)
})

test('a hub that falls silent is forgotten after some intervals, one that speaks is not', async () => {
  let now = 0
  const directory = new HubDirectory({ expireMs: 100, limit: 10, now: () => now })
  directory.add(hub('silent'))
  now = 60
  directory.add(hub('speaking'))
  now = 120
  expect(directory.list().map(({ hubId }) => hubId)).toEqual(['speaking'])
})

test('only so many hubs are remembered, whoever claims to be one', () => {
  const directory = new HubDirectory({ expireMs: 100, limit: 3, now: () => 0 })
  for (let n = 0; n < 1_000; n++) directory.add(hub(`hub-${n}`))
  expect(directory.list().map(({ hubId }) => hubId)).toEqual(['hub-997', 'hub-998', 'hub-999'])
})

test('new rules of a known hub are news, its next word is not', () => {
  const directory = new HubDirectory({ expireMs: 100, limit: 3, now: () => 0 })
  expect([hub('a'), hub('a'), hub('a', 'new'), hub('a', 'new')].map(word => directory.add(word))).toEqual([
    true,
    false,
    true,
    false,
  ])
})
