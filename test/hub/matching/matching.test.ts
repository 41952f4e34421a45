import { describe, expect, test } from 'vitest'
import { openAccess } from '../../../src/access/access-rules.ts'
import { openIdentity } from '../../../src/access/identity.ts'
import { formatCursor } from '../../../src/domain/cursor.ts'
import type { Event } from '../../../src/domain/event.ts'
import { ProfileRegistry } from '../../../src/hub/matching/profile-registry.ts'
import type { CompiledSubscription } from '../../../src/hub/matching/subscription.ts'
import { compileSubscription, defaultSubscription } from '../../../src/hub/matching/subscription.ts'
import { SubscriptionSet } from '../../../src/hub/matching/subscription-set.ts'
import { EncodedEvent } from '../../../src/hub/stream/encoded-batch.ts'
import { checkpointAt, eventOf } from '../memory-history.ts'
import { message, openTestHub, settle } from '../open-test-hub.ts'

/** An UPDATE that moves a row from one value of `n` to another. */
function moved(nth: number, from: number, to: number): Event {
  const [oldRow, newRow] = [`{"n": ${from}}`, `{"n": ${to}}`]
  const { change } = eventOf(nth, nth)
  const rows = { oldRow, newRow, op: 'UPDATE' as const }
  return eventOf(nth, nth, {
    op: 'UPDATE',
    eventType: 'UPDATE',
    data: newRow,
    change: { ...change, ...rows },
  })
}

function wants(n: number, tables: readonly string[] = ['bookings']) {
  return { id: `n${n}`, tables, where: `new.n == ${n}` }
}

/** Subscriptions as `compileSubscription` makes them, but quickly. */
function wanting(n: number): CompiledSubscription {
  const spec = { ...defaultSubscription, id: `n${n}`, tables: ['bookings'], where: `new.n == ${n}` }
  return {
    spec,
    digest: String(n),
    choices: [{ column: 'n', values: [n] }],
    match: () => ({ sides: null }),
    missedBy: () => null,
  }
}

describe('what is looked at for one event', () => {
  test.each([1_000, 100_000])('is two of %i filters over a thousand connections', filters => {
    const profiles = new ProfileRegistry<number>(openAccess.keyOf)
    for (let at = 0; at < 1_000; at++) {
      const each = filters / 1_000
      const subscriptions = new SubscriptionSet(
        Array.from({ length: each }, (_, nth) => wanting(at * each + nth)),
      )
      const selection = {
        identity: openIdentity,
        access: openAccess,
        subscriptions,
        rooms: new Set<string>(),
        form: 'single' as const,
      }
      profiles.enter(at, selection, null)
    }
    const concerned = [...profiles.concernedBy([new EncodedEvent(moved(1, 7, filters - 1))])]
    expect(concerned).toHaveLength(2)
    const tried = concerned.flatMap(([, concerns]) => concerns.flatMap(({ subscriptions }) => subscriptions))
    expect(tried.map(({ spec }) => spec.id).sort()).toEqual([`n${filters - 1}`, 'n7'].sort())
  })

  test.each([1_000, 100_000])('is two of %i filters of one connection, live and in the past', filters => {
    const profiles = new ProfileRegistry<string>(openAccess.keyOf)
    const subscriptions = new SubscriptionSet(Array.from({ length: filters }, (_, n) => wanting(n)))
    const selection = {
      identity: openIdentity,
      access: openAccess,
      subscriptions,
      rooms: new Set<string>(),
      form: 'single' as const,
    }
    profiles.enter('one', selection, null)
    const event = new EncodedEvent(moved(1, filters - 1, 7))
    const [[, [concern] = []] = []] = [...profiles.concernedBy([event])]
    const inOrder = ['n7', `n${filters - 1}`]
    expect(concern?.subscriptions.map(({ spec }) => spec.id)).toEqual(inOrder)
    expect(subscriptions.candidates(event.event).map(({ spec }) => spec.id)).toEqual(inOrder)
  })

  test('is no more when filters compare several columns of which one has few values', () => {
    const set = new SubscriptionSet(
      Array.from({ length: 1_000 }, (_, n) =>
        compileSubscription({
          ...defaultSubscription,
          id: `n${n}`,
          where: `new.kind == "a" && new.n == ${n}`,
        }),
      ),
    )
    const { change } = eventOf(1, 1)
    const newRow = '{"kind": "a", "n": 500}'
    expect(set.candidates(eventOf(1, 1, { change: { ...change, newRow } })).length).toBeLessThanOrEqual(2)
  })
})

describe('a connection of which nothing in a batch is', () => {
  async function openDesk(subscription: object) {
    const opened = openTestHub()
    opened.hub.start(checkpointAt(0))
    const desk = opened.register({ subscriptions: [subscription] })
    await settle()
    desk.peer.received.length = 0
    return { ...opened, ...desk }
  }
  const inBatch = { upTo: checkpointAt(1).snapshot, seq: 1n }

  test('gets the checkpoint at the end of the batch in which it got something', async () => {
    const { hub, peer } = await openDesk(wants(1))
    hub.publish({ events: [moved(1, 1, 1)], cursor: { ...checkpointAt(0), inBatch } })
    hub.publish({
      events: [moved(2, 2, 2)],
      cursor: { ...checkpointAt(0), inBatch: { ...inBatch, seq: 2n } },
    })
    expect(peer.of('checkpoint')).toEqual([])
    hub.publish({ events: [moved(3, 3, 3)], cursor: checkpointAt(1) })
    expect(peer.eventIds()).toEqual(['e1'])
    expect(peer.of('checkpoint')).toEqual([{ cursor: formatCursor(checkpointAt(1)) }])
  })

  test('gets nothing when it lacks nothing', async () => {
    const { hub, peer, connection } = await openDesk(wants(1))
    hub.publish({ events: [moved(1, 1, 1)], cursor: checkpointAt(1) })
    expect(connection.context.unsettled.size).toBe(0)
    const frames = peer.received.length
    hub.publish({ events: [moved(2, 2, 2)], cursor: checkpointAt(2) })
    expect(peer.received).toHaveLength(frames)
  })

  test('learns how far the stream has come with what it held back meanwhile', async () => {
    const { hub, peer, clock } = await openDesk({ ...wants(1), conflate_ms: 1_000 })
    hub.publish({ events: [moved(1, 1, 1)], cursor: checkpointAt(1) })
    for (let n = 2; n <= 5; n++) hub.publish({ events: [moved(n, n, n)], cursor: checkpointAt(n) })
    clock.advance(1_000)
    await settle()
    expect(peer.eventIds()).toEqual(['e1'])
    expect(peer.cursor()).toBe(formatCursor(checkpointAt(5)))
  })
})

test('a connection with more subscriptions than are shared gets what each of them is for, in their order, live and late', async () => {
  const opened = openTestHub({
    sizes: [1, 1],
    makeEvent: nth => moved(nth, 300, 5),
    with: { maxSubscriptions: 1_000 },
  })
  opened.hub.start(checkpointAt(0))
  const { peer, connection } = opened.register({ subscriptions: [wants(0)] })
  await settle()
  for (let n = 400; n > 0; n--) connection.receive(message('subscribe', wants(n)))
  connection.receive(message('subscribe', { ...wants(7), id: 'n300' }))
  for (let n = 100; n < 110; n++) connection.receive(message('unsubscribe', { id: `n${n}` }))
  const [first, second] = [...opened.history.pieces(0, 1), ...opened.history.pieces(1, 2)]
  if (first !== undefined) opened.hub.publish(first)
  connection.receive(message('subscribe', wants(300)))
  if (second !== undefined) opened.hub.publish(second)
  const ids = [['n5'], ['n300', 'n5']]
  expect(peer.of('realtime_event').map(({ subscriptions }) => subscriptions)).toEqual(ids)
  const { peer: late } = opened.register({
    resume: formatCursor(checkpointAt(0)),
    subscriptions: Array.from({ length: 400 }, (_, n) => wants(400 - n)),
  })
  await settle()
  expect(late.of('realtime_event').map(({ subscriptions }) => subscriptions)).toEqual([ids[1], ids[1]])
})

test('nothing is left in the index when everybody has gone, whatever they did and in which order', async () => {
  const opened = openTestHub({ with: { maxSubscriptions: 400 } })
  opened.hub.start(checkpointAt(0))
  const desks = Array.from({ length: 5 }, () => opened.register({ subscriptions: [wants(0)] }))
  await settle()
  const [first] = desks
  if (first === undefined) throw new Error('there is no desk')
  let tx = 0
  for (let step = 0; step < 2_000; step++) {
    const { connection } = desks[step % 5] ?? first
    const n = (step * 7) % 300
    // It grows above what is shared, and shrinks again.
    if (step % 3 < 2 && step < 1_500)
      connection.receive(message('subscribe', wants(n, n % 2 === 0 ? [] : ['bookings', 'b*'])))
    else connection.receive(message('unsubscribe', { id: `n${n}` }))
    if (step % 50 === 0) opened.hub.publish({ events: [moved(++tx, n, n + 1)], cursor: checkpointAt(tx) })
    if (step === 1_200) desks[1]?.connection.closed()
  }
  for (const { connection } of desks) connection.closed()
  const { profiles, personalRooms, unsettled } = first.connection.context
  expect([profiles.size, profiles.indexSize, personalRooms.size, unsettled.size]).toEqual([0, 0, 0, 0])
})
