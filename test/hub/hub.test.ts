import { describe, expect, test } from 'vitest'
import { formatCursor } from '../../src/domain/cursor.ts'
import { FakePeer } from './fake-peer.ts'
import { checkpointAt, eventOf } from './memory-history.ts'
import { message, openTestHub, settle } from './open-test-hub.ts'

describe('registering', () => {
  test('is answered once the hub has a position', async () => {
    const { hub, register } = openTestHub()
    const { peer } = register()
    await settle()
    expect(peer.of('registered')).toEqual([])
    hub.start(checkpointAt(0))
    await settle()
    expect(peer.of('registered')).toHaveLength(1)
  })

  test('at a hub that is starting, or has lost its database, is told so at once', async () => {
    const { hub, clock, register } = openTestHub()
    const since = new Date(clock.now()).toISOString()
    const early = register()
    expect(early.peer.of('status')).toEqual([{ state: 'stale', since, reason: 'starting' }])
    hub.start(checkpointAt(0))
    hub.setStale('RTB_DATABASE_UNREACHABLE')
    clock.advance(2_000)
    const late = register()
    const told = [{ state: 'stale', since, reason: 'RTB_DATABASE_UNREACHABLE' }]
    expect(late.peer.of('status')).toEqual(told)
    hub.setLive()
    await settle()
    expect(late.peer.received.map(frame => frame.message_type)).toEqual(['status', 'status', 'registered'])
  })

  test('waits while the database is away', async () => {
    const { hub, register } = openTestHub()
    hub.start(checkpointAt(0))
    hub.setStale('gone')
    const { peer } = register()
    await settle()
    expect(peer.of('registered')).toEqual([])
    hub.setLive()
    await settle()
    expect(peer.of('registered')).toHaveLength(1)
  })

  test('keeps what was sent before the answer, and handles it after', async () => {
    const { hub, register } = openTestHub()
    const { peer, connection } = register()
    connection.receive(message('join', { room: 'r' }))
    hub.start(checkpointAt(0))
    await settle()
    expect(peer.received.map(frame => frame.message_type)).toEqual(['status', 'registered', 'joined'])
  })

  test('keeps no more than the limit of what was sent before the answer', async () => {
    const { hub, register } = openTestHub({ with: { pendingBytes: 10_000 } })
    const { peer, connection } = register()
    for (let i = 0; i < 10; i++) {
      connection.receive(message('custom_event', { event_type: 'NOTE', data: 'x'.repeat(1_000) }))
    }
    const refused = peer.of('error').map(({ code }) => code)
    expect(refused).toEqual(Array(6).fill('RTB_REGISTER_PENDING'))
    hub.start(checkpointAt(0))
    await settle()
    expect(hub.stats().counters.signals).toBe(4)
  })

  test('comes before everything but ping, and once', async () => {
    const { hub } = openTestHub()
    hub.start(checkpointAt(0))
    const peer = new FakePeer()
    const connection = hub.connect(peer)
    connection.receive(message('ping'))
    connection.receive(message('join', { room: 'r' }))
    connection.receive(message('register', { app_name: 'x' }))
    await settle()
    connection.receive(message('register', { app_name: 'x' }))
    expect(peer.of('pong')).toHaveLength(1)
    expect(peer.of('error').map(data => data.code)).toEqual(['RTB_REGISTER_FIRST', 'RTB_REGISTER_TWICE'])
  })

  test.each([
    ['rubbish', 'unreadable'],
    [formatCursor({ ...checkpointAt(0), incarnation: '00000000000000bb' }), 'incarnation'],
    [formatCursor(checkpointAt(1)), 'retention'],
    [formatCursor(checkpointAt(99)), 'future'],
  ])('with cursor %s says gap: %s', async (resume, reason) => {
    const { hub, history, register } = openTestHub({ sizes: [1, 1, 1] })
    history.oldest = 2
    hub.start(checkpointAt(3))
    const { peer } = register({ resume })
    await settle()
    expect(peer.of('registered')[0]).toMatchObject({ resumed: 'gap', cursor: formatCursor(checkpointAt(3)) })
    expect(peer.of('gap')).toEqual([{ reason, cursor: formatCursor(checkpointAt(3)), action: 'reload' }])
  })
})

describe('live events', () => {
  test('are encoded once, and the same buffer goes to all with the same subscriptions', async () => {
    const { hub, register } = openTestHub()
    hub.start(checkpointAt(0))
    const peers = [register().peer, register().peer, register().peer]
    await settle()
    hub.publish({ events: [eventOf(1, 1)], cursor: checkpointAt(1) })
    const [first, ...others] = peers.map(peer => peer.packs.at(-1))
    expect(first?.includes('realtime_event')).toBe(true)
    expect(others.every(pack => pack === first)).toBe(true)
    expect(hub.stats().profiles).toBe(1)
  })

  test('go to members of the room only, from joining to leaving', async () => {
    const { hub, register } = openTestHub()
    hub.start(checkpointAt(0))
    const { peer, connection } = register()
    await settle()
    const publish = (n: number) =>
      hub.publish({ events: [eventOf(n, n, { rooms: ['lobby'] })], cursor: checkpointAt(n) })
    publish(1)
    connection.receive(message('join', { room: 'lobby' }))
    await settle()
    publish(2)
    connection.receive(message('leave', { room: 'lobby' }))
    publish(3)
    expect(peer.eventIds()).toEqual(['e2'])
  })

  test('name the subscriptions they matched', async () => {
    const { hub, register } = openTestHub()
    hub.start(checkpointAt(0))
    const subscriptions = [{ id: 'a', events: ['INS*'] }, { id: 'b', tables: ['other'] }, { id: 'c' }]
    const { peer } = register({ subscriptions })
    await settle()
    hub.publish({ events: [eventOf(1, 1)], cursor: checkpointAt(1) })
    expect(peer.of('realtime_event')[0]?.subscriptions).toEqual(['a', 'c'])
  })

  test('move the checkpoint of a client for whom nothing matches, in time', async () => {
    const { hub, clock, register } = openTestHub()
    hub.start(checkpointAt(0))
    const { peer } = register({ subscriptions: [{ id: 'a', events: ['NEVER'] }] })
    await settle()
    hub.publish({ events: [eventOf(1, 1)], cursor: checkpointAt(1) })
    expect(peer.of('checkpoint')).toEqual([])
    clock.advance(5_000)
    clock.advance(5_000)
    expect(peer.of('checkpoint')).toEqual([{ cursor: formatCursor(checkpointAt(1)) }])
  })
})

describe('subscribing with since', () => {
  test('replays for that subscription only, before it is answered, and misses nothing after', async () => {
    const { hub, history, register } = openTestHub({ sizes: [2, 2, 2], with: { tailBytes: 0 } })
    hub.start(checkpointAt(2))
    const { peer, connection } = register({ subscriptions: [{ id: 'live', tables: ['other'] }] })
    await settle()
    connection.receive(message('subscribe', { id: 'old', since: formatCursor(checkpointAt(1)) }))
    for (const piece of history.pieces(2, 3)) hub.publish(piece)
    await settle()
    expect(peer.eventIds()).toEqual(['e3', 'e4', 'e5', 'e6'])
    expect(peer.of('realtime_event').map(event => event.subscriptions)).toEqual(Array(4).fill(['old']))
    expect(peer.of('subscribed')).toEqual([
      { id: 'old', cursor: formatCursor(checkpointAt(3)), resumed: 'resumed' },
    ])
  })

  test('says gap when the journal no longer reaches back', async () => {
    const { hub, history, register } = openTestHub({ sizes: [1, 1] })
    history.oldest = 2
    hub.start(checkpointAt(2))
    const { peer, connection } = register()
    await settle()
    connection.receive(message('subscribe', { id: 'old', since: formatCursor(checkpointAt(0)) }))
    await settle()
    expect(peer.of('subscribed')[0]).toMatchObject({ resumed: 'gap', reason: 'retention' })
  })
})

describe('custom events', () => {
  test('cannot pass for the change of a row', async () => {
    const { hub, register } = openTestHub()
    hub.start(checkpointAt(0))
    const sender = register()
    const other = register()
    await settle()
    sender.connection.receive(message('custom_event', { event_type: 'INSERT', data: {} }))
    await settle()
    expect(sender.peer.of('error').map(data => data.code)).toEqual(['RTB_CUSTOM_EVENT_RESERVED'])
    expect(other.peer.of('realtime_event')).toEqual([])
  })

  test('go to the others, not to the sender', async () => {
    const { hub, register } = openTestHub()
    hub.start(checkpointAt(0))
    const sender = register({ client_id: 'me' })
    const other = register()
    await settle()
    sender.connection.receive(message('custom_event', { event_type: 'TYPING', data: { a: 1 } }))
    await settle()
    expect(sender.peer.eventIds()).toEqual([])
    expect(other.peer.of('realtime_event')[0]).toMatchObject({
      event_type: 'TYPING',
      table: null,
      id: null,
      data: { a: 1 },
      origin: 'me',
      seq: null,
    })
  })

  test('that are durable are refused by a hub that cannot store them', async () => {
    const { hub, register } = openTestHub()
    hub.start(checkpointAt(0))
    const sender = register()
    await settle()
    sender.connection.receive(message('custom_event', { event_type: 'NOTE', durable: true }))
    await settle()
    expect(sender.peer.of('error').map(data => data.code)).toEqual(['RTB_CUSTOM_EVENT_DURABLE'])
  })

  test('that are durable go through the journal, and come back to the others only', async () => {
    const stored: object[] = []
    const publishDurable = async (event: object) => String(stored.push(event))
    const { hub, register } = openTestHub({ publishDurable })
    hub.start(checkpointAt(0))
    const sender = register({ client_id: 'me' })
    const other = register({ client_id: 'you' })
    await settle()
    sender.connection.receive(message('custom_event', { event_type: 'NOTE', durable: true }))
    await settle()
    expect(stored).toEqual([{ eventType: 'NOTE', data: 'null', room: null, origin: 'me' }])
    const event = eventOf(1, 1, { kind: 'published', op: 'PUBLISH', origin: 'me' })
    hub.publish({ events: [event], cursor: checkpointAt(1) })
    expect([sender.peer.eventIds(), other.peer.eventIds()]).toEqual([[], ['e1']])
  })
})

describe('a client that takes too little', () => {
  test('falls behind alone, and catches up from the journal', async () => {
    const { hub, history, register } = openTestHub({
      sizes: Array(40).fill(3),
      with: { queueBytes: 2_000, highWaterBytes: 1_000, tailBytes: 0 },
    })
    hub.start(checkpointAt(0))
    const slow = register()
    const quick = register()
    await settle()
    slow.peer.isSlow = true
    for (let n = 0; n < 40; n++) for (const piece of history.pieces(n, n + 1)) hub.publish(piece)
    expect(hub.stats()).toMatchObject({ behind: 1 })
    expect(hub.stats().queuedBytes).toBeLessThan(4_000)
    expect(quick.peer.eventIds()).toHaveLength(120)
    slow.peer.isSlow = false
    slow.peer.take()
    await settle(60)
    expect(slow.peer.eventIds()).toEqual(quick.peer.eventIds())
    expect(hub.stats()).toMatchObject({ behind: 0, catchingUp: 0 })
  })

  test('is cut when it takes nothing at all', async () => {
    const { hub, clock, history, register } = openTestHub({
      sizes: Array(9).fill(3),
      with: { highWaterBytes: 500 },
    })
    hub.start(checkpointAt(0))
    const { peer } = register()
    await settle()
    peer.isSlow = true
    for (const piece of history.pieces(0, 9)) hub.publish(piece)
    for (let i = 0; i < 8; i++) clock.advance(5_000)
    expect(peer).toMatchObject({ isTerminated: true, closeCode: 4001 })
    expect(hub.stats()).toMatchObject({ connections: 0, profiles: 0, queuedBytes: 0 })
  })

  test('is cut when it sends requests without reading the answers', async () => {
    const { hub } = openTestHub({ with: { highWaterBytes: 100, replyBytes: 2_000 } })
    const peer = new FakePeer()
    peer.isSlow = true
    const connection = hub.connect(peer)
    for (let i = 0; i < 100; i++) connection.receive(message('ping'))
    expect(peer).toMatchObject({ isTerminated: true, closeCode: 4002 })
  })
})

test('a failing database delays a resume, and loses nothing', async () => {
  const { hub, clock, history, errors, register } = openTestHub({ sizes: [1, 1] })
  history.beforeBatch = async () => {
    throw new Error('connection lost')
  }
  hub.start(checkpointAt(2))
  const { peer } = register({ resume: formatCursor(checkpointAt(0)) })
  await settle()
  expect(peer.received).toEqual([])
  expect(errors).toHaveLength(1)
  history.beforeBatch = async () => {}
  clock.advance(1_000)
  await settle()
  expect(peer.eventIds()).toEqual(['e1', 'e2'])
})

test('a full hub sends a new client away with a code that means retry', () => {
  const { hub } = openTestHub({ with: { maxConnections: 1 } })
  hub.connect(new FakePeer())
  const peer = new FakePeer()
  hub.connect(peer)
  expect(peer.closeCode).toBe(4003)
})

test('a hub that cannot store anything refuses durable events, and passes on others', async () => {
  const { hub, register } = openTestHub()
  hub.start(checkpointAt(0))
  const [{ peer, connection }, { peer: other }] = [register(), register()]
  await settle()
  connection.receive(message('custom_event', { event_type: 'NOTE', durable: true }))
  connection.receive(message('custom_event', { event_type: 'HINT' }))
  await settle()
  expect(peer.of('error')).toMatchObject([{ code: 'RTB_CUSTOM_EVENT_DURABLE' }])
  expect(other.of('realtime_event')).toMatchObject([{ event_type: 'HINT' }])
})

test('a batch before the first position is a fault of the program', () => {
  const { hub } = openTestHub()
  expect(() => hub.publish({ events: [], cursor: checkpointAt(1) })).toThrow(
    expect.objectContaining({ code: 'RTB_INTERNAL' }),
  )
})

test('what follows `subscribed` comes even when the queue before it was dropped', async () => {
  const { hub, register, history } = openTestHub({
    sizes: [2, 40],
    with: { queueBytes: 4_000, highWaterBytes: 300 },
  })
  hub.start(checkpointAt(0))
  const { peer, connection } = register({ batch: true })
  await settle()
  peer.isSlow = true
  for (const batch of history.pieces(0, 1)) hub.publish(batch)
  connection.receive(message('subscribe', { id: 'more' }))
  for (const batch of history.pieces(1, 2)) hub.publish(batch)
  for (let turn = 0; turn < 60; turn++) {
    peer.take(1)
    await settle(2)
  }
  expect(hub.stats().counters.fellBehind).toBe(1)
  expect(new Set(peer.eventIds()).size).toBe(42)
})

test('a hub without connections waits for nothing; the first to come gets checkpoints, and so does who comes later', async () => {
  const { hub, clock, register } = openTestHub()
  hub.start(checkpointAt(0))
  clock.advance(60_000)
  expect(clock.timers).toBe(0)
  for (let round = 1; round <= 2; round++) {
    const { peer, connection } = register()
    await settle()
    hub.publish({ events: [], cursor: checkpointAt(round) })
    clock.advance(60_000)
    expect(peer.of('checkpoint')).toEqual([{ cursor: formatCursor(checkpointAt(round)) }])
    connection.closed()
    for (let passed = 0; passed < 2_000_000 && clock.timers > 0; passed += 1_000) clock.advance(1_000)
    expect(clock.timers).toBe(0)
  }
})
