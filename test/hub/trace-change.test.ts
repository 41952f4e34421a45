import { describe, expect, test } from 'vitest'
import { FakePeer } from './fake-peer.ts'
import { checkpointAt, eventOf } from './memory-history.ts'
import { openTestHub, settle } from './open-test-hub.ts'

/** A hub at which the transactions 1 to `count` have been published, each with one event. */
function publish(
  hub: ReturnType<typeof openTestHub>['hub'],
  from: number,
  to = from,
  rest: object = {},
): void {
  for (let tx = from; tx <= to; tx++) {
    hub.publish({ events: [eventOf(tx, tx, rest)], cursor: checkpointAt(tx) })
  }
}

const first = { tx: '1', seq: '1' }

describe('where an event is on its way to a client', () => {
  test('sent, or not for it and why not', async () => {
    const { hub, register } = openTestHub()
    hub.start(checkpointAt(0))
    register()
    register({
      subscriptions: [
        { id: 'paid', events: ['PAID'] },
        { id: 'big', where: 'new.n > 9' },
      ],
    })
    register({ subscriptions: [] })
    await settle()
    publish(hub, 1)
    const { read, events, total, connections } = hub.trace(first)
    expect({ read, events, total }).toEqual({
      read: true,
      events: [{ event_type: 'INSERT', event_id: 'e1' }],
      total: 3,
    })
    expect(connections.map(each => each.events[0])).toMatchObject([
      { delivery: 'sent', result: 'selected', subscriptions: ['default'], misses: [] },
      {
        delivery: 'not-for-it',
        result: 'subscriptions',
        misses: [
          { id: 'paid', by: 'events' },
          { id: 'big', by: 'where' },
        ],
      },
      { delivery: 'not-for-it', result: 'subscriptions', subscriptions: [], misses: [] },
    ])
  })

  test('not for who is in none of its rooms', async () => {
    const { hub, register } = openTestHub()
    hub.start(checkpointAt(0))
    register()
    await settle()
    publish(hub, 1, 1, { rooms: ['lobby'] })
    expect(hub.trace(first).connections[0]?.events).toMatchObject([{ result: 'room' }])
    publish(hub, 2, 2, { roles: ['boss'] })
    expect(hub.trace({ tx: '2', seq: '2' }).connections[0]?.events).toMatchObject([{ result: 'role' }])
  })

  test('it waits for a client that takes nothing, and is behind for one whose queue was dropped', async () => {
    const { hub, register } = openTestHub({
      sizes: Array.from({ length: 20 }, () => 1),
      with: { queueBytes: 2_000, highWaterBytes: 100 },
    })
    hub.start(checkpointAt(0))
    const peer = new FakePeer()
    register({}, peer)
    await settle()
    peer.isSlow = true
    publish(hub, 1, 3)
    expect(hub.trace({ tx: '3', seq: '3' }).connections).toMatchObject([
      { delivery: 'waiting', events: [{ delivery: 'waiting' }] },
    ])
    publish(hub, 4, 20)
    expect(hub.trace({ tx: '20', seq: '20' }).connections).toMatchObject([{ delivery: 'behind' }])
    peer.isSlow = false
    peer.take()
    await settle()
    expect(hub.trace({ tx: '20', seq: '20' }).connections).toMatchObject([{ delivery: 'sent' }])
  })

  test('it waits where a subscription holds it back to conflate it', async () => {
    const { hub, register } = openTestHub()
    hub.start(checkpointAt(0))
    register({ subscriptions: [{ id: 'slow', conflate_ms: 500 }] })
    await settle()
    publish(hub, 1)
    expect(hub.trace(first).connections).toMatchObject([{ events: [{ delivery: 'waiting' }] }])
  })

  test('it came before the stream of who registers later, and not for who resumes from before', async () => {
    const { hub, register } = openTestHub({ sizes: [1] })
    hub.start(checkpointAt(0))
    const { peer } = register()
    await settle()
    const cursor = peer.cursor()
    publish(hub, 1)
    register()
    register({ resume: cursor })
    await settle()
    expect(hub.trace(first).connections.map(({ delivery }) => delivery)).toEqual([
      'sent',
      'begins-later',
      'sent',
    ])
  })

  test('a client that has not registered is told apart', async () => {
    const { hub } = openTestHub()
    hub.start(checkpointAt(0))
    hub.connect(new FakePeer())
    publish(hub, 1)
    expect(hub.trace(first).connections).toMatchObject([{ delivery: 'not-registered' }])
  })
})

test('a change that the hub has not read is none that it knows', async () => {
  const { hub, register } = openTestHub()
  hub.start(checkpointAt(0))
  register()
  await settle()
  expect(hub.trace(first)).toMatchObject({ read: false, events: null, connections: [{ delivery: 'behind' }] })
})

test('what was made is not known beyond the memory of the hub, and how far clients are still is', async () => {
  const { hub, register } = openTestHub({ with: { tailBytes: 2_000 } })
  hub.start(checkpointAt(0))
  register()
  await settle()
  publish(hub, 1, 30)
  expect(hub.trace(first)).toMatchObject({
    read: true,
    events: null,
    connections: [{ delivery: 'sent', events: [] }],
  })
})

test('no more than 200 connections are told of', async () => {
  const { hub } = openTestHub()
  hub.start(checkpointAt(0))
  for (let n = 0; n < 210; n++) hub.connect(new FakePeer())
  const { total, connections } = hub.trace(first)
  expect([total, connections.length]).toEqual([210, 200])
})

test('conditions that take too much work are not known rather than slow', async () => {
  const { hub, register } = openTestHub()
  hub.start(checkpointAt(0))
  const where = 'new.list.all(a, new.list.all(b, a != b + "x"))'
  for (let n = 0; n < 20; n++) register({ subscriptions: [{ id: 'loop', where }] })
  await settle()
  const row = JSON.stringify({ id: 1, list: Array.from({ length: 300 }, (_, n) => `t${n}`) })
  const { change } = eventOf(1, 1)
  publish(hub, 1, 1, { data: row, change: { ...change, newRow: row } })
  const results = hub.trace(first).connections.map(each => each.events[0]?.result)
  expect(results).toContain('unknown')
})
