import { expect, test } from 'vitest'
import { openAccess } from '../../../src/access/access-rules.ts'
import { openIdentity as anybody } from '../../../src/access/identity.ts'
import { formatCursor } from '../../../src/domain/cursor.ts'
import { rtbridgeError } from '../../../src/domain/errors/registry.ts'
import { SnapshotChunk } from '../../../src/hub/live/snapshot-chunk.ts'
import { FakePeer } from '../fake-peer.ts'
import { checkpointAt } from '../memory-history.ts'
import { message, openTestHub, settle } from '../open-test-hub.ts'
import { textIn } from '../web-socket-frames.ts'
import { MemoryTables } from './memory-tables.ts'

const live = (id: string, more: object = {}) => ({ id, tables: ['bookings'], snapshot: true, ...more })

function openLiveHub(tables: MemoryTables, limits = {}) {
  const hub = openTestHub({ tables, with: limits })
  hub.hub.start(checkpointAt(0))
  return hub
}

/** A door that is shut until it is opened. */
function door() {
  let open = () => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { open, wait: () => opened }
}

test('a thousand apps that ask for the same cost the database one read, and hold one copy of it', async () => {
  const tables = new MemoryTables(500, 100)
  const { hub, register } = openLiveHub(tables)
  const peers = Array.from({ length: 1_000 }, () => register({ subscriptions: [live('q')] }).peer)
  await settle()
  expect(tables.requests).toHaveLength(1)
  for (const peer of peers) {
    expect(peer.of('snapshot').flatMap(({ ids }) => ids)).toHaveLength(500)
    expect(peer.of('subscribed')).toMatchObject([{ id: 'q', checkpoint: true, resumed: 'fresh' }])
  }
  const [one, other] = peers
  const part = (peer: FakePeer | undefined) => peer?.frames.find(frame => frame.includes('"part":0'))
  expect(part(one)).toBe(part(other))
  expect(hub.stats().counters).toMatchObject({ snapshots: 1_000, snapshotReads: 1, snapshotRows: 500_000 })
})

test('others who see something else, or want something else, have reads of their own', async () => {
  const tables = new MemoryTables(5)
  const { register } = openLiveHub(tables)
  for (const more of [
    {},
    { limit: 2 },
    { columns: ['n'] },
    { where: 'new.n > 1' },
    { order_by: [{ column: 'n' }] },
  ]) {
    register({ subscriptions: [live('q', more)] })
  }
  await settle()
  expect(tables.requests).toHaveLength(5)
})

test('who sees the same shares a read, and nobody else', async () => {
  const tables = new MemoryTables(5)
  const access = { ...openAccess, keyOf: ({ user }: { readonly user: string | null }) => user ?? '' }
  const { hub } = openTestHub({ tables, access })
  hub.start(checkpointAt(0))
  for (const user of ['a', 'a', 'b']) {
    const connection = hub.connect(new FakePeer(), { ...anybody, user })
    connection.receive(message('register', { app_name: 'test', subscriptions: [live('q')] }))
  }
  await settle()
  expect(tables.requests).toHaveLength(2)
})

test('who had the table before gets it as it is now, not as it was a moment ago', async () => {
  const tables = new MemoryTables(5)
  const { register } = openLiveHub(tables)
  const { connection, peer } = register({ subscriptions: [live('q')] })
  await settle()
  connection.receive(message('subscribe', live('q')))
  await settle()
  expect(tables.requests).toHaveLength(2)
  expect(peer.of('snapshot').map(({ part }) => part)).toEqual([0, 0])
  expect(peer.of('subscribed')).toHaveLength(2)
})

test('the subscription that a table replaces goes on until its rows come, and says nothing of them after that', async () => {
  const tables = new MemoryTables(300, 1_000)
  tables.tx = 1
  const gates = [door(), door()]
  let piece = 0
  tables.beforePiece = () => gates[piece++]?.wait() ?? Promise.resolve()
  const { hub, history, register } = openTestHub({ tables, sizes: [1, 1] })
  hub.start(checkpointAt(0))
  const { peer, connection } = register({ subscriptions: [{ id: 'q', tables: ['bookings'] }] })
  await settle()
  connection.receive(message('subscribe', live('q')))
  await settle()
  for (const batch of history.pieces(0, 1)) hub.publish(batch)
  gates[0]?.open()
  await settle()
  for (const batch of history.pieces(1, 2)) hub.publish(batch)
  gates[1]?.open()
  await settle()
  const kinds = peer.received.map(({ message_type: type }) => type).filter(type => type !== 'checkpoint')
  expect(kinds.slice(1)).toEqual([
    'realtime_event',
    ...['snapshot', 'snapshot', 'snapshot', 'snapshot', 'snapshot_end'],
    'realtime_event',
    'subscribed',
  ])
})

test('a read can be joined for a moment only', async () => {
  const tables = new MemoryTables(5)
  const { clock, register } = openLiveHub(tables)
  register({ subscriptions: [live('q')] })
  await settle()
  clock.advance(1_001)
  register({ subscriptions: [live('q')] })
  await settle()
  expect(tables.requests).toHaveLength(2)
})

test('few tables are read at the same time, the others wait, and too many are refused', async () => {
  const tables = new MemoryTables(5)
  const gate = door()
  tables.beforePiece = gate.wait
  const { hub, register } = openLiveHub(tables, { snapshots: 2, snapshotsWaiting: 3 })
  const peers = Array.from(
    { length: 7 },
    (_, at) => register({ subscriptions: [live('q', { limit: at + 1 })] }).peer,
  )
  await settle()
  expect(tables.most).toBe(2)
  expect(hub.stats()).toMatchObject({ snapshotsReading: 2, snapshotsWaiting: 3 })
  expect(peers.flatMap(peer => peer.of('error')).map(({ code }) => code)).toEqual([
    'RTB_SNAPSHOT_LIMIT',
    'RTB_SNAPSHOT_LIMIT',
  ])
  gate.open()
  await settle()
  expect(peers.flatMap(peer => peer.of('snapshot_end'))).toHaveLength(5)
  expect(tables.most).toBe(2)
  expect(hub.stats()).toMatchObject({ snapshotsReading: 0, snapshotsWaiting: 0 })
})

test.each([
  ['unsubscribes', (id: string) => message('unsubscribe', { id })],
  ['subscribes the id to something else', (id: string) => message('subscribe', { id, tables: ['other'] })],
  ['disconnects', () => null],
])('a read ends at once when its only client %s', async (_, leave) => {
  const tables = new MemoryTables(5)
  const gate = door()
  tables.beforePiece = gate.wait
  const { hub, register } = openLiveHub(tables)
  const { connection, peer } = register({ subscriptions: [live('q')] })
  await settle()
  expect(tables.open_).toBe(1)
  const text = leave('q')
  if (text === null) connection.closed()
  else connection.receive(text)
  expect(tables.open_).toBe(0)
  gate.open()
  await settle()
  expect(hub.stats().snapshotsReading).toBe(0)
  expect(peer.of('snapshot')).toEqual([])
  expect(peer.of('error')).toEqual([])
})

test('a client that is too slow gives its place back, begins again when it reads, and is refused in the end', async () => {
  const tables = new MemoryTables(5_000, 1_000)
  const { hub, clock, register } = openLiveHub(tables, { highWaterBytes: 64 * 1_024 })
  const slow = new FakePeer()
  slow.isSlow = true
  const { peer: quick } = register({ subscriptions: [live('q')] })
  register({ subscriptions: [live('q')] }, slow)
  await settle()
  const pass = async () => {
    clock.advance(5_001)
    for (let turn = 0; turn < 60; turn++) {
      await settle(3)
      clock.advance(0)
    }
  }
  await pass()
  // The quick one did not wait for ever.
  expect(quick.of('snapshot_end')).toHaveLength(1)
  expect(tables.open_).toBe(0)
  for (let round = 0; round < 3; round++) {
    slow.isSlow = false
    slow.take()
    slow.isSlow = true
    await settle(100)
    await pass()
  }
  slow.isSlow = false
  slow.take()
  await settle()
  const parts = slow.of('snapshot').map(({ part }) => part)
  expect(parts.filter(part => part === 0).length).toBeGreaterThan(1)
  expect(slow.of('error').map(({ code }) => code)).toEqual(['RTB_SNAPSHOT_SLOW'])
  expect(hub.stats().snapshotsReading).toBe(0)
})

test('a slow client that goes on reading gets all of it, and the hub holds little', async () => {
  const tables = new MemoryTables(20_000, 1_000)
  const { hub, register } = openLiveHub(tables, { highWaterBytes: 64 * 1_024 })
  const peer = new FakePeer()
  peer.isSlow = true
  register({ subscriptions: [live('q')] }, peer)
  let most = 0
  for (let round = 0; round < 2_000 && peer.of('subscribed').length === 0; round++) {
    await settle(3)
    most = Math.max(most, hub.stats().queuedBytes)
    peer.take(1)
  }
  expect(peer.of('snapshot').flatMap(({ ids }) => ids)).toHaveLength(20_000)
  expect(most).toBeLessThan(600 * 1_024)
})

test('who takes rows now and then cannot keep a table from being altered for hours', async () => {
  const tables = new MemoryTables(20_000, 1_000)
  const { clock, register } = openLiveHub(tables, { highWaterBytes: 64 * 1_024 })
  const peer = new FakePeer()
  peer.isSlow = true
  register({ subscriptions: [live('q')] }, peer)
  await settle()
  let longest = 0
  let opened = { reads: 0, at: 0 }
  for (let round = 0; round < 200 && peer.of('error').length === 0; round++) {
    const reads = tables.requests.length
    if (reads !== opened.reads) opened = { reads, at: clock.elapsed() }
    if (tables.open_ > 0) longest = Math.max(longest, clock.elapsed() - opened.at)
    clock.advance(4_000)
    await settle(10)
    peer.take(1)
    await settle(10)
    // It lets others have their turn.
    clock.advance(0)
    await settle(10)
  }
  expect(peer.of('error').map(({ code }) => code)).toEqual(['RTB_SNAPSHOT_SLOW'])
  expect(longest).toBeGreaterThan(50_000)
  expect(longest).toBeLessThan(70_000)
  expect(tables.open_).toBe(0)
})

test('a lost database is waited for, with the rows from the beginning', async () => {
  const tables = new MemoryTables(5)
  const lost = () => rtbridgeError('RTB_DATABASE_LOST', { detail: 'gone' })
  tables.failures.push(...Array.from({ length: 9 }, lost))
  const { clock, errors, register } = openLiveHub(tables)
  const { peer } = register({ subscriptions: [live('q')] })
  for (let round = 0; round < 10; round++) {
    await settle()
    clock.advance(1_000)
  }
  await settle()
  expect(errors).toHaveLength(9)
  expect(peer.of('subscribed')).toHaveLength(1)
  expect(peer.of('snapshot')).toMatchObject([{ part: 0, ids: ['1', '2', '3', '4', '5'] }])
})

test('reads that wait for another try count as waiting, and the limit holds', async () => {
  const tables = new MemoryTables(5)
  tables.failures.push(
    ...Array.from({ length: 99 }, () => rtbridgeError('RTB_DATABASE_LOST', { detail: 'gone' })),
  )
  const { hub, register } = openLiveHub(tables, { snapshots: 1, snapshotsWaiting: 2 })
  const ask = async (limit: number) => {
    const { peer, connection } = register({ subscriptions: [live('q', { limit })] })
    await settle()
    return { connection, codes: () => peer.of('error').map(({ code }) => code) }
  }
  const asked = [await ask(1), await ask(2), await ask(3), await ask(4)]
  expect(asked.map(({ codes }) => codes())).toEqual([[], [], [], ['RTB_SNAPSHOT_LIMIT']])
  expect(hub.stats()).toMatchObject({ snapshotsWaiting: 3, snapshotsReading: 0 })
  for (const { connection } of asked) connection.closed()
  expect(hub.stats()).toMatchObject({ snapshotsWaiting: 0 })
})

test('reads that nobody wants any more take no place among those that wait', async () => {
  const tables = new MemoryTables(5)
  const gate = door()
  tables.beforePiece = gate.wait
  const { hub, register } = openLiveHub(tables, { snapshots: 1, snapshotsWaiting: 2 })
  register({ subscriptions: [live('first')] })
  const { peer, connection } = register({ subscriptions: [] })
  await settle()
  for (let limit = 1; limit <= 1_000; limit++) {
    connection.receive(message('subscribe', live('q', { limit })))
    connection.receive(message('unsubscribe', { id: 'q' }))
  }
  connection.receive(message('subscribe', live('q')))
  connection.receive(message('subscribe', live('r', { limit: 5 })))
  expect(peer.of('error')).toEqual([])
  expect(hub.stats()).toMatchObject({ snapshotsWaiting: 1, snapshotsReading: 1 })
  gate.open()
  await settle()
  expect(
    peer
      .of('subscribed')
      .map(({ id }) => id)
      .sort(),
  ).toEqual(['q', 'r'])
})

test('what the database refuses again and again is answered, without its text', async () => {
  const tables = new MemoryTables(5)
  tables.failures.push(...[1, 2, 3].map(() => rtbridgeError('RTB_DATABASE_FAILED', { detail: 'secret' })))
  const { clock, register } = openLiveHub(tables)
  const { peer } = register({ subscriptions: [live('q')] })
  for (let round = 0; round < 3; round++) {
    await settle()
    clock.advance(1_000)
  }
  await settle()
  expect(peer.of('error').map(({ code }) => code)).toEqual(['RTB_SNAPSHOT_FAILED'])
  expect(peer.texts.join()).not.toContain('secret')
})

test('a limit gives the first rows only, and says whether there are more', async () => {
  const ends: unknown[] = []
  for (const [limit, where] of [
    [4, null],
    [5, null],
    [6, null],
    [2, 'new.n > 3'],
    [1, 'new.n > 3'],
  ] as const) {
    const { register } = openLiveHub(new MemoryTables(5))
    const { peer } = register({ subscriptions: [live('q', { limit, where })] })
    await settle()
    ends.push(peer.of('snapshot_end').map(({ count, more }) => [count, more])[0])
  }
  expect(ends).toEqual([
    [4, true],
    [5, false],
    [5, false],
    [2, false],
    [1, true],
  ])
})

test('rows come as the text they are, cut to the columns that were asked for', async () => {
  const tables = new MemoryTables(0)
  tables.rows = [
    { text: '{"n": 12345678901234567890.10, "a": 1.50, "text": "é\\"", "z": null}', truncated: false },
  ]
  const { register } = openLiveHub(tables)
  const { peer } = register({ subscriptions: [live('q', { columns: ['text'] }), live('all')] })
  await settle()
  expect(peer.texts.join('\n')).toContain('"rows":[{"n": 12345678901234567890.10, "text": "é\\""}]')
  expect(peer.texts.join('\n')).toContain(
    '"rows":[{"n": 12345678901234567890.10, "a": 1.50, "text": "é\\"", "z": null}]',
  )
  expect(peer.of('snapshot')[0]?.ids).toEqual(['12345678901234567890.10'])
})

test('rights that end while rows are on their way keep the rest of them here', async () => {
  const tables = new MemoryTables(5_000, 1_000)
  const { clock, hub } = openTestHub({ tables, access: openAccess, with: { highWaterBytes: 64 * 1_024 } })
  hub.start(checkpointAt(0))
  const peer = new FakePeer()
  peer.isSlow = true
  const expiresAt = clock.now() + 60_000
  const connection = hub.connect(peer, { ...anybody, expiresAt })
  connection.receive(message('register', { app_name: 'test', subscriptions: [live('q')] }))
  await settle()
  const before = peer.frames.length
  expect(before).toBeGreaterThan(1)
  clock.jump(61_000)
  peer.take()
  await settle(50)
  expect(peer.frames.length).toBe(before)
  expect(peer.closeCode).toBe(4501)
  expect(tables.open_).toBe(0)
})

test('the number of subscriptions counts those whose rows are on their way', async () => {
  const tables = new MemoryTables(5)
  tables.beforePiece = door().wait
  const { register } = openLiveHub(tables, { maxSubscriptions: 2 })
  const { peer } = register({ subscriptions: [live('a'), live('b'), live('c')] })
  await settle()
  expect(peer.of('error').map(({ code }) => code)).toEqual(['RTB_SUBSCRIPTION_LIMIT'])
})

test('a hub without tables says that the table is not captured', async () => {
  const { hub, register } = openTestHub()
  hub.start(checkpointAt(0))
  const { peer } = register({ subscriptions: [live('q')] })
  await settle()
  expect(peer.of('error').map(({ code }) => code)).toEqual(['RTB_SNAPSHOT_TABLE'])
})

test('a read that is ahead of the hub waits for it, and what the rows hold already does not come again', async () => {
  const tables = new MemoryTables(5)
  tables.tx = 2
  let looks = 0
  const { hub, history, register } = openTestHub({ tables, sizes: [2, 2, 2], lookNow: () => looks++ })
  hub.start(checkpointAt(0))
  // The first client that comes makes the hub look, too.
  register()
  looks = 0
  const { peer } = register({ subscriptions: [live('q')] })
  await settle()
  expect(peer.of('snapshot_end')).toHaveLength(1)
  expect(peer.of('subscribed')).toEqual([])
  expect(looks).toBe(1)
  for (const batch of history.pieces(0, 1)) hub.publish(batch)
  await settle()
  expect(peer.of('subscribed')).toEqual([])
  for (const batch of history.pieces(1, 3)) hub.publish(batch)
  await settle()
  expect(peer.eventIds()).toEqual(['e5', 'e6'])
  expect(peer.of('subscribed')).toMatchObject([{ checkpoint: true, cursor: formatCursor(checkpointAt(3)) }])
})

test('a read that is behind the hub is brought to where it is, before the table counts as there', async () => {
  const tables = new MemoryTables(5)
  tables.tx = 1
  const { hub, history, register } = openTestHub({ tables, sizes: [2, 2, 2] })
  hub.start(checkpointAt(0))
  for (const batch of history.pieces(0, 3)) hub.publish(batch)
  const { peer } = register({ subscriptions: [live('q')] })
  await settle()
  expect(peer.eventIds()).toEqual(['e3', 'e4', 'e5', 'e6'])
  const kinds = peer.received.map(({ message_type: type }) => type)
  expect(kinds.indexOf('realtime_event')).toBeGreaterThan(kinds.indexOf('snapshot_end'))
  expect(kinds.indexOf('subscribed')).toBeGreaterThan(kinds.lastIndexOf('realtime_event'))
})

test('rows of another history are never taken for this one: the answer is a gap', async () => {
  const tables = new MemoryTables(5)
  tables.incarnation = '00000000000000bb'
  const { register } = openLiveHub(tables)
  const { peer } = register({ subscriptions: [live('q')] })
  await settle()
  expect(peer.of('subscribed')).toMatchObject([{ resumed: 'gap', reason: 'incarnation', checkpoint: false }])
})

test('what waits before the answer may still be dropped, so that a checkpoint is promised only after it', async () => {
  const tables = new MemoryTables(1)
  tables.tx = 2
  const { hub, history, register } = openTestHub({
    tables,
    sizes: [1, 1],
    with: { highWaterBytes: 64 * 1_024 },
  })
  hub.start(checkpointAt(0))
  const peer = new FakePeer()
  const { connection } = register({ subscriptions: [{ id: 'all' }] }, peer)
  await settle()
  peer.isSlow = true
  // More than the peer buffers: what follows stays in the queue.
  connection.receive(message('ping', {}, { message_id: 'x' }))
  for (let at = 0; at < 1_500; at++) connection.receive(message('ping', {}, { message_id: 'x'.repeat(60) }))
  for (const batch of history.pieces(0, 1)) hub.publish(batch)
  for (const batch of history.pieces(1, 2)) hub.publish(batch)
  connection.receive(message('subscribe', live('q')))
  await settle()
  peer.isSlow = false
  peer.take()
  await settle()
  const kinds = peer.received.map(({ message_type: type }) => type)
  expect(peer.of('subscribed')).toMatchObject([{ id: 'q', checkpoint: false }])
  expect(kinds.lastIndexOf('checkpoint')).toBeGreaterThan(kinds.indexOf('subscribed'))
})

test('an event stream carries rows as blocks without a position', () => {
  const chunk = new SnapshotChunk(0, 1, '"ids":["1"],"rows":[{"n": 1.50}]')
  expect(chunk.frame('q', 'sse', '').toString()).toBe(
    'event: snapshot\ndata: {"id":"q","part":0,"ids":["1"],"rows":[{"n": 1.50}]}\n\n',
  )
  expect(textIn(chunk.frame('q', 'web-socket', 'now'))).toBe(
    '{"message_type":"snapshot","data":{"id":"q","part":0,"ids":["1"],"rows":[{"n": 1.50}]},"timestamp":"now"}',
  )
})
