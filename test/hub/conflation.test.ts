import { describe, expect, test } from 'vitest'
import { formatCursor } from '../../src/domain/cursor.ts'
import type { Event } from '../../src/domain/event.ts'
import type { FakePeer } from './fake-peer.ts'
import { checkpointAt, eventOf } from './memory-history.ts'
import { message, openTestHub, settle } from './open-test-hub.ts'

/** A change of vehicle `id`, in the next transaction. */
function change(
  n: number,
  op: 'INSERT' | 'UPDATE' | 'DELETE',
  id: number,
  values: Partial<Event> = {},
): Event {
  const row = (x: number) => `{"id":${id},"x":${x}}`
  const { change: base } = eventOf(n, n)
  const rows = { oldRow: op === 'INSERT' ? null : row(n - 1), newRow: op === 'DELETE' ? null : row(n) }
  return eventOf(n, n, {
    op,
    eventType: op,
    id: String(id),
    data: rows.newRow ?? row(n - 1),
    change: { ...base, op, ...rows },
    ...values,
  })
}

async function openDashboard(subscriptions: readonly object[], registration: object = {}) {
  const opened = openTestHub()
  opened.hub.start(checkpointAt(0))
  const client = opened.register({ subscriptions, ...registration })
  await settle()
  let tx = 0
  const publish = (...events: Event[]) => opened.hub.publish({ events, cursor: checkpointAt(++tx) })
  const pass = async (ms: number) => {
    opened.clock.advance(ms)
    await settle(2)
  }
  return { ...opened, ...client, publish, pass }
}

function types(peer: FakePeer): string[] {
  return peer.received.map(frame => frame.message_type)
}

const everySecond = { id: 'map', conflate_ms: 1_000 }

describe('a conflated subscription', () => {
  test('gets the latest event of each row when its window ends, then the checkpoint', async () => {
    const { peer, publish, pass } = await openDashboard([everySecond])
    for (let n = 1; n <= 20; n++) publish(change(n, 'UPDATE', n % 2))
    expect(types(peer)).toEqual(['registered'])
    await pass(1_000)
    expect(peer.eventIds()).toEqual(['e19', 'e20'])
    expect(peer.of('realtime_event')[1]).toMatchObject({ conflated: 9, data: { x: 20 } })
    expect(peer.received.at(-1)?.data).toEqual({ cursor: formatCursor(checkpointAt(20)) })
  })

  test('waits again from the next event on, and gets nothing while nothing changes', async () => {
    const { peer, publish, pass, hub } = await openDashboard([everySecond])
    publish(change(1, 'UPDATE', 1))
    await pass(1_000)
    await pass(900)
    publish(change(2, 'UPDATE', 1))
    await pass(900)
    expect(peer.eventIds()).toEqual(['e1'])
    expect(hub.stats().heldBytes).toBeGreaterThan(0)
    await pass(100)
    expect(peer.eventIds()).toEqual(['e1', 'e2'])
    expect(hub.stats().heldBytes).toBe(0)
  })

  test('gets the DELETE of a row that came, changed and went within its window', async () => {
    const { peer, publish, pass } = await openDashboard([everySecond])
    publish(change(1, 'INSERT', 7), change(2, 'UPDATE', 7), change(3, 'DELETE', 7))
    await pass(1_000)
    expect(peer.of('realtime_event')).toMatchObject([{ event_type: 'DELETE', conflated: 2 }])
  })

  test('is told the transition from before the first merged event to after the last', async () => {
    const { peer, publish, pass } = await openDashboard([{ ...everySecond, where: 'new.x > 1' }])
    publish(change(2, 'UPDATE', 1), change(3, 'UPDATE', 1))
    publish(change(1, 'DELETE', 2), change(3, 'UPDATE', 2), change(1, 'UPDATE', 2))
    await pass(1_000)
    const told = peer.of('realtime_event').map(({ id, transition }) => [id, transition])
    expect(told).toEqual([
      ['1', 'enter'],
      ['2', 'stay'],
    ])
  })

  test('is told the transition of each subscription, where they differ', async () => {
    const { peer, publish, pass } = await openDashboard([
      { id: 'small', conflate_ms: 1_000, where: 'new.x <= 2' },
      { id: 'big', conflate_ms: 1_000, where: 'new.x >= 2' },
      { id: 'all', conflate_ms: 1_000 },
    ])
    publish(change(2, 'UPDATE', 1), change(3, 'UPDATE', 1))
    await pass(1_000)
    publish(change(5, 'UPDATE', 1))
    await pass(1_000)
    expect(peer.of('realtime_event')).toMatchObject([
      { data: { x: 3 }, transition: 'stay', transitions: { small: 'leave', big: 'enter', all: null } },
      { data: { x: 5 }, transition: 'stay', transitions: { big: 'stay', all: null } },
    ])
  })

  test('gets a change of the key at once with the key before, after all that waits', async () => {
    const { peer, publish, pass } = await openDashboard([everySecond])
    const moved = { oldRow: '{"id":1,"x":2}', newRow: '{"id":7,"x":2}' }
    const { change: base } = change(3, 'UPDATE', 7)
    publish(change(1, 'UPDATE', 1), change(2, 'UPDATE', 1))
    publish(change(3, 'UPDATE', 7, { data: moved.newRow, change: { ...base, ...moved } }))
    publish(change(4, 'UPDATE', 7))
    expect(peer.of('realtime_event')).toMatchObject([
      { event_id: 'e2', id: '1', conflated: 1 },
      { event_id: 'e3', id: '7', old_id: '1' },
    ])
    await pass(1_000)
    expect(peer.of('realtime_event').at(-1)).toMatchObject({ event_id: 'e4', id: '7' })
    expect(peer.of('realtime_event').at(-1)).not.toHaveProperty('old_id')
  })

  test('keeps business events of other names, and the table event of the same change', async () => {
    const { peer, publish, pass } = await openDashboard([everySecond])
    const business = (n: number, eventType: string) =>
      change(n, 'UPDATE', 1, { eventType, kind: 'business', eventId: `e${n}.${eventType}` })
    for (const n of [1, 2]) publish(change(n, 'UPDATE', 1), business(n, 'MOVED'))
    publish(business(3, 'PARKED'))
    await pass(1_000)
    expect(peer.eventIds()).toEqual(['e2', 'e2.MOVED', 'e3.PARKED'])
  })

  test('gets every event that has no key, at the end of the window', async () => {
    const { peer, publish, pass } = await openDashboard([everySecond])
    for (const n of [1, 2, 3]) publish(change(n, 'UPDATE', 1, { id: null }))
    await pass(1_000)
    expect(peer.eventIds()).toEqual(['e1', 'e2', 'e3'])
  })

  test.each([
    ['a TRUNCATE', change(2, 'DELETE', 1, { op: 'TRUNCATE', eventType: 'TRUNCATE', id: null })],
    [
      'a changed key',
      change(2, 'UPDATE', 9, {
        change: { ...change(2, 'UPDATE', 9).change, oldRow: '{"id":1}', newRow: '{"id":9}' },
      }),
    ],
  ])('gets %s at once, after what was held', async (_what, event) => {
    const { peer, publish } = await openDashboard([everySecond])
    publish(change(1, 'UPDATE', 1), change(3, 'UPDATE', 5))
    publish(event)
    expect(peer.eventIds()).toEqual(['e1', 'e3', 'e2'])
    expect(types(peer).at(-1)).toBe('checkpoint')
  })

  test('gets signals at once', async () => {
    const { peer, hub, register } = await openDashboard([everySecond])
    const other = register()
    await settle()
    other.connection.receive(message('custom_event', { event_type: 'TYPING' }))
    await settle()
    expect(peer.of('realtime_event')).toMatchObject([{ event_type: 'TYPING' }])
    expect(hub.stats().heldBytes).toBe(0)
  })

  test('is not told a checkpoint by the clock while something is held', async () => {
    const { peer, publish, pass } = await openDashboard([{ id: 'map', conflate_ms: 60_000 }])
    publish(change(1, 'UPDATE', 1))
    for (let i = 0; i < 11; i++) await pass(5_000)
    expect(types(peer)).toEqual(['registered'])
    await pass(5_000)
    expect(types(peer)).toEqual(['registered', 'realtime_event', 'checkpoint'])
  })

  test('gets what is held early when it is more than may wait for one client', async () => {
    const { hub, register } = openTestHub({ with: { queueBytes: 10_000 } })
    hub.start(checkpointAt(0))
    const { peer } = register({ subscriptions: [everySecond], batch: true })
    await settle()
    for (let n = 1; n <= 40; n++) hub.publish({ events: [change(n, 'UPDATE', n)], cursor: checkpointAt(n) })
    expect(peer.eventIds().length).toBeGreaterThan(20)
    expect(hub.stats().heldBytes).toBeLessThan(10_000)
  })

  test('merges on while its client has not taken what went out before', async () => {
    const { hub, clock, register } = openTestHub({ with: { highWaterBytes: 1, stalledAfterMs: 120_000 } })
    hub.start(checkpointAt(0))
    const { peer } = register({ subscriptions: [everySecond], batch: true })
    await settle()
    peer.isSlow = true
    for (let n = 1; n <= 50; n++) {
      hub.publish({ events: [change(n, 'UPDATE', 1)], cursor: checkpointAt(n) })
      clock.advance(1_000)
      await settle(2)
    }
    expect(peer.frames).toHaveLength(2)
    peer.isSlow = false
    for (let turn = 0; turn < 3; turn++) {
      peer.take()
      await settle()
    }
    expect(peer.eventIds()).toEqual(['e1', 'e2', 'e50'])
  })
})

describe('beside a subscription without conflate_ms', () => {
  const live = { id: 'live', where: 'new.id == 1' }

  test('events go out at once, after what is held of their row, and move no cursor while more is held', async () => {
    const { peer, publish, pass } = await openDashboard([everySecond, { id: 'ins', events: ['INSERT'] }], {
      batch: true,
    })
    publish(change(1, 'UPDATE', 1), change(2, 'UPDATE', 2))
    publish(change(3, 'INSERT', 1))
    expect(peer.of('events')).toMatchObject([
      {
        events: [{ event_id: 'e1' }, { event_id: 'e3', subscriptions: ['map', 'ins'] }],
        checkpoint: false,
      },
    ])
    expect(peer.of('events')[0]?.cursor).toBeUndefined()
    await pass(1_000)
    expect(peer.of('events')[1]).toMatchObject({
      events: [{ event_id: 'e2' }],
      cursor: formatCursor(checkpointAt(2)),
      checkpoint: true,
    })
  })

  test('an event that both want goes out once, at once', async () => {
    const { peer, publish, pass } = await openDashboard([everySecond, live])
    publish(change(1, 'UPDATE', 1))
    expect(types(peer)).toEqual(['registered', 'realtime_event', 'checkpoint'])
    await pass(1_000)
    expect(peer.eventIds()).toEqual(['e1'])
  })
})

test('a window takes the shorter ones with it, and leaves the longer', async () => {
  const slow = { id: 'slow', events: ['DELETE'], conflate_ms: 3_000 }
  const quick = { id: 'quick', events: ['UPDATE'], conflate_ms: 1_000 }
  const { peer, publish, pass } = await openDashboard([slow, quick])
  publish(change(1, 'DELETE', 1), change(2, 'UPDATE', 2))
  await pass(1_000)
  expect(types(peer)).toEqual(['registered', 'realtime_event'])
  await pass(1_500)
  publish(change(3, 'UPDATE', 2))
  await pass(500)
  expect(peer.eventIds()).toEqual(['e2', 'e1', 'e3'])
  expect(types(peer).at(-1)).toBe('checkpoint')
})

test('what is held goes out before a change of subscriptions or rooms is answered, and before the hub goes away', async () => {
  const { hub, peer, publish, connection } = await openDashboard([everySecond])
  publish(change(1, 'UPDATE', 1))
  connection.receive(message('unsubscribe', { id: 'map' }))
  expect(types(peer)).toEqual(['registered', 'realtime_event', 'checkpoint', 'unsubscribed'])
  connection.receive(message('subscribe', everySecond))
  publish(change(2, 'UPDATE', 1))
  await hub.close()
  expect(types(peer).slice(-3)).toEqual(['realtime_event', 'checkpoint', 'going_away'])
})

test('a replay with since is merged as well, and ends before subscribed', async () => {
  const { hub, register } = openTestHub({
    sizes: Array(20).fill(2),
    makeEvent: (n, tx) => ({ ...change(n, 'UPDATE', n % 3), tx: String(tx) }),
    with: { tailBytes: 0 },
  })
  hub.start(checkpointAt(20))
  const { peer, connection } = register({ subscriptions: [] })
  await settle()
  connection.receive(message('subscribe', { ...everySecond, since: formatCursor(checkpointAt(0)) }))
  await settle()
  expect(peer.eventIds()).toEqual(['e38', 'e39', 'e40'])
  expect(types(peer).at(-1)).toBe('subscribed')
})

test.each([
  ['an older event that waits', { events: ['INSERT'] }, {}],
  ['an older event that waits, when both merge', { events: ['INSERT'] }, { conflate_ms: 1_000 }],
  ['a newer event that waits', {}, { events: ['INSERT'] }],
])('a replay with since and %s of the same row come in their order', async (_, waiting, replayed) => {
  const ops = ['INSERT', 'UPDATE'] as const
  const { hub, history, register } = openTestHub({
    sizes: [1, 1],
    makeEvent: (n, tx) => ({ ...change(n, ops[n - 1] ?? 'UPDATE', 7), tx: String(tx) }),
  })
  hub.start(checkpointAt(0))
  const { peer, connection } = register({ subscriptions: [{ ...everySecond, ...waiting }] })
  await settle()
  for (const piece of [...history.pieces(0, 1), ...history.pieces(1, 2)]) hub.publish(piece)
  const since = formatCursor(checkpointAt(0))
  connection.receive(message('subscribe', { id: 'all', since, ...replayed }))
  await settle()
  expect(peer.eventIds().at(-1)).toBe('e2')
  expect(types(peer).at(-1)).toBe('subscribed')
})

test('what a replay with since held back is forgotten when the history itself changes', async () => {
  const { hub, history, register } = openTestHub({
    sizes: Array(20).fill(2),
    makeEvent: (n, tx) => ({ ...change(n, 'UPDATE', n % 3), tx: String(tx) }),
    with: { tailBytes: 0 },
  })
  hub.start(checkpointAt(20))
  const { peer, connection } = register({ subscriptions: [] })
  await settle()
  let batches = 0
  history.beforeBatch = async () => {
    if (++batches === 5) hub.reset(checkpointAt(20), 'incarnation')
  }
  connection.receive(message('subscribe', { ...everySecond, since: formatCursor(checkpointAt(0)) }))
  await settle()
  expect(peer.of('subscribed')).toMatchObject([{ resumed: 'gap', reason: 'incarnation' }])
  expect(peer.eventIds()).toEqual([])
})

test.each([[49], [60_001], [0.5], ['1s']])('conflate_ms %s is refused', async conflate_ms => {
  const { peer, connection } = await openDashboard([])
  connection.receive(message('subscribe', { id: 'a', conflate_ms }))
  expect(peer.of('error')).toMatchObject([{ code: 'RTB_MESSAGE_INVALID' }])
})

test('nothing is held of a connection that has ended', async () => {
  const { hub, connection, publish, pass } = await openDashboard([everySecond])
  publish(change(1, 'UPDATE', 1))
  connection.closed()
  await pass(1_000)
  expect(hub.stats()).toMatchObject({ heldBytes: 0, connections: 0, profiles: 0 })
})
