import { expect, test } from 'vitest'
import { checkpointAt, eventOf } from './memory-history.ts'
import { openTestHub, settle } from './open-test-hub.ts'

/** An event whose row has a list that is worth looping over. */
function listEvent(n: number, length: number) {
  const data = JSON.stringify({ n, list: Array.from({ length }, (_, i) => i) })
  const { change } = eventOf(n, n)
  return eventOf(n, n, { data, change: { ...change, newRow: data } })
}

/** Quadratic in the length of the list. */
const costly = '!new.list.exists(a, new.list.exists(b, a + b == -1))'

function openHub() {
  const opened = openTestHub()
  opened.hub.start(checkpointAt(0))
  const publish = (n: number, length: number) =>
    opened.hub.publish({ events: [listEvent(n, length)], cursor: checkpointAt(n) })
  return { ...opened, publish }
}

test('conditions of one connection share their work: who spends it is told, and the rest of them do not match', async () => {
  const { hub, register, publish } = openHub()
  const loops = Array.from({ length: 99 }, (_, i) => ({ id: `loop${i}`, where: `${costly} && ${i} >= 0` }))
  const { peer } = register({ subscriptions: [...loops, { id: 'cheap', where: 'new.n > 0' }] })
  const { peer: other } = register({ subscriptions: [{ id: 'one', where: costly }] })
  await settle()
  publish(1, 60)
  const [event] = peer.of('realtime_event')
  expect(event?.subscriptions).toContain('loop0')
  expect(event?.subscriptions).toContain('cheap')
  expect(event?.subscriptions.length).toBeLessThan(60)
  expect(peer.of('error')).toMatchObject([{ code: 'RTB_SUBSCRIPTION_WORK', in_reply_to: null }])
  expect(other.of('realtime_event')).toMatchObject([{ subscriptions: ['one'] }])
  expect(other.of('error')).toEqual([])
  expect(hub.stats().counters.whereOverspent).toBe(1)
})

test('the work is counted anew for each event, and the notice comes now and then', async () => {
  const { clock, register, publish } = openHub()
  const { peer } = register({ subscriptions: [{ id: 'a', where: costly }] })
  await settle()
  for (let n = 1; n <= 10; n++) publish(n, n % 2 === 0 ? 1_000 : 10)
  expect(peer.of('realtime_event').map(({ data }) => (data as { n: number }).n)).toEqual([1, 3, 5, 7, 9])
  expect(peer.of('error')).toHaveLength(1)
  clock.advance(10_000)
  publish(12, 1_000)
  expect(peer.of('error')).toHaveLength(2)
})
