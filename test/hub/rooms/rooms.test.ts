import { expect, test } from 'vitest'
import { type AccessRules, openAccess } from '../../../src/access/access-rules.ts'
import { automaticRooms } from '../../../src/access/automatic-rooms.ts'
import { type Identity, openIdentity } from '../../../src/access/identity.ts'
import type { AuditRecord } from '../../../src/domain/audit.ts'
import { formatCursor } from '../../../src/domain/cursor.ts'
import { rtbridgeError } from '../../../src/domain/errors/registry.ts'
import type { HubLimits } from '../../../src/hub/limits.ts'
import { FakePeer } from '../fake-peer.ts'
import { checkpointAt, eventOf } from '../memory-history.ts'
import { message, openTestHub, settle } from '../open-test-hub.ts'

const zoe: Identity = { ...openIdentity, user: 'zoe', roles: ['clerk'] }
const ali: Identity = { ...openIdentity, user: 'ali', roles: ['clerk'] }

/** A hub whose rooms are open to who stands in `open`, and that is asked as slowly as the test wants. */
function openHub(limits: Partial<HubLimits> = {}, options: Parameters<typeof openTestHub>[0] = {}) {
  const state = { open: new Set<string>(['lobby']), isBroken: false, held: null as (() => void)[] | null }
  const audit: AuditRecord[] = []
  const access: AccessRules = {
    ...openAccess,
    roomsOf: automaticRooms,
    mayJoin: async (identity, room) => {
      if (state.held !== null) await new Promise<void>(resolve => state.held?.push(resolve))
      if (state.isBroken) throw rtbridgeError('RTB_ROOM_UNDECIDED', { room })
      return state.open.has(room) || automaticRooms(identity).includes(room)
    },
  }
  const testHub = openTestHub({
    ...options,
    access,
    audit: record => audit.push(record),
    with: { roomRecheckMs: 1_000, presenceHeartbeatMs: 3_600_000, ...limits },
  })
  testHub.hub.start(checkpointAt(0))
  let position = 0
  const publish = (...rooms: string[]) => {
    position++
    testHub.hub.publish({ events: [eventOf(position, position, { rooms })], cursor: checkpointAt(position) })
    return `e${position}`
  }
  const connect = async (identity: Identity | null = null, data: object = {}) => {
    const peer = new FakePeer()
    const connection = testHub.hub.connect(peer, identity)
    const send = async (type: string, content: object = {}) => {
      connection.receive(message(type, content, { message_id: type }))
      await settle()
    }
    await send('register', { app_name: 'test', ...data })
    return { peer, connection, send }
  }
  return { ...testHub, state, audit, publish, connect }
}

test('a room that is not open is refused, and nothing of it arrives; an open one is joined', async () => {
  const { connect, publish, audit } = openHub()
  const { peer, send } = await connect(zoe)
  await send('join', { room: 'vault' })
  expect(peer.of('error')).toMatchObject([{ code: 'RTB_ROOM_DENIED', in_reply_to: 'join' }])
  await send('join', { room: 'lobby' })
  expect(peer.of('joined')).toMatchObject([{ room: 'lobby' }])
  publish('vault')
  const seen = publish('lobby')
  expect(peer.eventIds()).toEqual([seen])
  expect(audit.filter(({ action }) => action !== 'connect')).toMatchObject([
    { action: 'denied', user: 'zoe', subject: 'vault', code: 'RTB_ROOM_DENIED' },
    { action: 'join', user: 'zoe', subject: 'lobby', code: null },
  ])
})

test('a subscription that names a room asks as joining does', async () => {
  const { connect, publish } = openHub()
  const { peer, send } = await connect(zoe, { subscriptions: [] })
  await send('subscribe', { id: 'a', rooms: ['lobby', 'vault'] })
  expect(peer.of('error')).toMatchObject([{ code: 'RTB_ROOM_DENIED' }])
  await send('subscribe', { id: 'b', rooms: ['lobby'] })
  publish('vault')
  expect(peer.eventIds()).toEqual([])
  const seen = publish('lobby')
  expect(peer.eventIds()).toEqual([seen])
})

test('who registers with a room that is closed to him is told, and comes in with the rest', async () => {
  const { connect, publish } = openHub()
  const subscriptions = [
    { id: 'a', rooms: ['vault'] },
    { id: 'b', rooms: ['lobby'] },
  ]
  const { peer, send } = await connect(zoe, { subscriptions })
  expect(peer.received.map(({ message_type }) => message_type)).toEqual(['error', 'registered'])
  expect(peer.of('error')).toMatchObject([
    { code: 'RTB_ROOM_DENIED', in_reply_to: 'register', subscription: 'a' },
  ])
  publish('vault')
  const seen = publish('lobby')
  expect(peer.eventIds()).toEqual([seen])
  await send('unsubscribe', { id: 'a' })
  expect(peer.of('error').at(-1)).toMatchObject({ code: 'RTB_SUBSCRIPTION_UNKNOWN' })
})

test('messages about rooms take effect in their order, however long the answers take', async () => {
  const { connect, state, publish } = openHub()
  const { peer, connection } = await connect(zoe, { subscriptions: [] })
  state.held = []
  connection.receive(message('subscribe', { id: 'a', rooms: ['lobby'] }))
  connection.receive(message('unsubscribe', { id: 'a' }))
  connection.receive(message('join', { room: 'lobby' }))
  connection.receive(message('leave', { room: 'lobby' }))
  await settle()
  expect(peer.of('unsubscribed')).toEqual([])
  while (state.held.length > 0) {
    state.held.shift()?.()
    await settle()
  }
  expect(peer.received.slice(1).map(({ message_type }) => message_type)).toEqual([
    'subscribed',
    'unsubscribed',
    'joined',
    'left',
  ])
  publish('lobby')
  expect(peer.eventIds()).toEqual([])
})

test('only so much of what is said about rooms waits for an answer', async () => {
  const { connect, state } = openHub({ pendingBytes: 1_000 })
  const { peer, connection } = await connect(zoe)
  state.held = []
  for (let n = 0; n < 10; n++) connection.receive(message('join', { room: `room-${n}` }))
  await settle()
  expect(peer.of('error')).toMatchObject([{ code: 'RTB_ROOM_PENDING' }, { code: 'RTB_ROOM_PENDING' }])
})

test('somebody is in the rooms of his own without joining, nobody else ever is, and users share what is made for them', async () => {
  const { connect, publish, hub } = openHub()
  const [first, second, nobody] = [await connect(zoe), await connect(ali), await connect()]
  const [personal, ofRole] = [publish('user:zoe'), publish('role:clerk')]
  for (const { send } of [second, nobody]) {
    await send('join', { room: 'user:zoe' })
    await send('subscribe', { id: 'x', rooms: ['user:zoe'] })
  }
  for (const { peer } of [second, nobody]) {
    const refused = { code: 'RTB_ROOM_AUTOMATIC' }
    expect(peer.of('error')).toMatchObject([refused, refused])
  }
  await first.send('join', { room: 'user:zoe' })
  expect(first.peer.of('joined')).toHaveLength(1)
  await first.send('leave', { room: 'user:zoe' })
  expect(first.peer.of('error')).toMatchObject([{ code: 'RTB_ROOM_AUTOMATIC' }])
  const again = publish('user:zoe')
  expect(first.peer.eventIds()).toEqual([personal, ofRole, again])
  expect(second.peer.eventIds()).toEqual([ofRole])
  expect(nobody.peer.eventIds()).toEqual([])
  // Two for three connections: clerks, and who is nobody.
  expect(hub.stats().profiles).toBe(2)
})

test('what was sent to a user while he was away is replayed to him, and to nobody else', async () => {
  const { connect, publish } = openHub()
  const resume = (await connect(zoe)).peer.cursor()
  publish('user:zoe')
  const [back, other] = [await connect(zoe, { resume }), await connect(ali, { resume })]
  expect(back.peer.eventIds()).toEqual(['e1'])
  expect(other.peer.eventIds()).toEqual([])
})

test('a signal to a user reaches his connections only', async () => {
  const { connect } = openHub()
  const [first, second, third] = [await connect(zoe), await connect(zoe), await connect(ali)]
  await first.send('custom_event', { event_type: 'TYPING', room: 'user:zoe' })
  expect(second.peer.of('realtime_event')).toHaveLength(1)
  expect(third.peer.of('realtime_event')).toHaveLength(0)
  await third.send('custom_event', { event_type: 'TYPING', room: 'user:zoe' })
  expect(third.peer.of('error')).toMatchObject([{ code: 'RTB_ROOM_AUTOMATIC' }])
})

test('a right that is lost ends the membership, joined or subscribed, and the client is told', async () => {
  const { connect, publish, state, clock } = openHub()
  state.open.add('vault')
  const { peer, send } = await connect(zoe, { subscriptions: [{ id: 'a', rooms: ['vault'] }, { id: 'b' }] })
  await send('join', { room: 'lobby' })
  await send('presence', { room: 'vault', subscribe: true })
  const before = publish('vault')
  state.open.clear()
  clock.advance(1_000)
  await settle()
  expect(peer.of('left')).toEqual([
    { room: 'lobby', reason: 'denied' },
    { room: 'vault', reason: 'denied' },
  ])
  publish('vault')
  publish('lobby')
  expect(peer.eventIds()).toEqual([before])
  const friend = await connect(ali)
  state.open.add('vault')
  await friend.send('join', { room: 'vault' })
  clock.advance(200)
  expect(JSON.stringify(peer.of('presence_event'))).not.toContain('ali')
  // The right alone brings nothing back: who wants in again says so, and misses nothing from there on.
  clock.advance(1_000)
  await settle()
  publish('vault')
  expect(peer.eventIds()).toEqual([before])
  await send('join', { room: 'vault' })
  const after = publish('vault')
  expect(peer.eventIds()).toEqual([before, after])
})

test('a replay of a room is given up when the right is lost', async () => {
  const makeEvent = (nth: number, tx: number) => eventOf(nth, tx, { rooms: ['lobby'] })
  const { connect, state, clock, history, hub } = openHub(
    { tailBytes: 0 },
    { sizes: [3, 3, 3], makeEvent, pieceSize: 1 },
  )
  hub.reset(checkpointAt(3), 'retention')
  const { peer, send } = await connect(zoe, { subscriptions: [] })
  const go: (() => void)[] = []
  history.beforeBatch = () => new Promise(resolve => go.push(resolve))
  const step = async () => {
    go.shift()?.()
    await settle()
  }
  await send('subscribe', { id: 'past', rooms: ['lobby'], since: formatCursor(checkpointAt(0)) })
  while (peer.eventIds().length < 2) await step()
  state.open.clear()
  clock.advance(1_000)
  for (let n = 0; n < 20; n++) await step()
  expect(peer.eventIds().length).toBeLessThan(4)
  expect(peer.of('error')).toMatchObject([{ code: 'RTB_ROOM_DENIED', in_reply_to: 'subscribe' }])
  expect(peer.of('subscribed')).toEqual([])
})

test('a question without an answer keeps out who wants in, and puts out who is in after a minute, not at once', async () => {
  const { connect, state, clock } = openHub()
  const { peer, send } = await connect(zoe)
  await send('join', { room: 'lobby' })
  state.isBroken = true
  const other = await connect(ali)
  await other.send('join', { room: 'lobby' })
  expect(other.peer.of('error')).toMatchObject([{ code: 'RTB_ROOM_UNDECIDED' }])
  for (let second = 0; second < 59; second++) {
    clock.advance(1_000)
    await settle()
  }
  expect(peer.of('left')).toEqual([])
  for (let second = 0; second < 3; second++) {
    clock.advance(1_000)
    await settle()
  }
  expect(peer.of('left')).toEqual([{ room: 'lobby', reason: 'denied' }])
})

test('while the database is away nobody is put out of a room', async () => {
  const { connect, state, clock, hub } = openHub()
  const { peer, send } = await connect(zoe)
  await send('join', { room: 'lobby' })
  hub.setStale('RTB_DATABASE_LOST')
  state.isBroken = true
  for (let second = 0; second < 120; second++) {
    clock.advance(1_000)
    await settle(3)
  }
  expect(peer.of('left')).toEqual([])
})

test('signals beyond their rate are refused with the time to wait, and pass again after it', async () => {
  const { connect, clock } = openHub({ signalsPerSecond: 10, signalBurst: 3 })
  const [sender, other] = [await connect(zoe), await connect(ali)]
  for (let n = 0; n < 4; n++) await sender.send('custom_event', { event_type: 'TYPING' })
  expect(other.peer.of('realtime_event')).toHaveLength(3)
  const [error] = sender.peer.of('error')
  expect(error).toMatchObject({ code: 'RTB_SIGNAL_RATE', hint: expect.stringContaining('100 ms') })
  clock.advance(100)
  await sender.send('custom_event', { event_type: 'TYPING' })
  await sender.send('custom_event', { event_type: 'TYPING' })
  expect(other.peer.of('realtime_event')).toHaveLength(4)
})

test('a signal that is too large is refused', async () => {
  const { connect, hub } = openHub({ signalBytes: 10 })
  const [sender, other] = [await connect(zoe), await connect(ali)]
  await sender.send('custom_event', { event_type: 'TYPING', data: 'مرحبا' })
  expect(sender.peer.of('error')).toMatchObject([{ code: 'RTB_SIGNAL_SIZE' }])
  await sender.send('custom_event', { event_type: 'TYPING', data: 'hello' })
  expect(other.peer.of('realtime_event')).toHaveLength(1)
  expect(hub.stats().counters).toMatchObject({ signals: 1, signalsRefused: 1 })
})

test('who may not join a room cannot send to it, and if configured only members can', async () => {
  for (const signalsMembersOnly of [false, true]) {
    const { connect, state } = openHub({ signalsMembersOnly })
    const [sender, member] = [await connect(zoe), await connect(ali)]
    await member.send('join', { room: 'lobby' })
    await sender.send('custom_event', { event_type: 'TYPING', room: 'lobby' })
    expect(member.peer.of('realtime_event')).toHaveLength(signalsMembersOnly ? 0 : 1)
    if (signalsMembersOnly) expect(sender.peer.of('error')).toMatchObject([{ code: 'RTB_ROOM_NOT_MEMBER' }])
    state.open.clear()
    await sender.send('custom_event', { event_type: 'TYPING', room: 'lobby' })
    await member.send('custom_event', { event_type: 'TYPING', room: 'lobby' })
    expect(member.peer.of('realtime_event')).toHaveLength(signalsMembersOnly ? 0 : 1)
    expect(member.peer.of('error')).toEqual([])
    expect(sender.peer.of('error')).toHaveLength(signalsMembersOnly ? 2 : 1)
  }
})

test('custom events to rooms keep their order with what was sent before and after', async () => {
  const { connect, state } = openHub()
  const [sender, member] = [await connect(zoe), await connect(ali)]
  await member.send('join', { room: 'lobby' })
  state.held = []
  for (const [event_type, room] of [
    ['A', 'lobby'],
    ['B', null],
  ] as const) {
    sender.connection.receive(message('custom_event', { event_type, room }))
  }
  await settle()
  for (const release of state.held) release()
  await settle()
  expect(member.peer.of('realtime_event').map(({ event_type }) => event_type)).toEqual(['A', 'B'])
})

test('presence of a room is for its members and those who may join it; without a room, of the own tenant', async () => {
  const { connect, clock } = openHub()
  const [north, south] = [
    { ...zoe, tenant: 'north' },
    { ...ali, tenant: 'south' },
  ]
  const [first, second] = [await connect(north), await connect(south)]
  await first.send('presence', { room: 'vault' })
  expect(first.peer.of('error')).toMatchObject([{ code: 'RTB_ROOM_DENIED' }])
  await first.send('presence', { subscribe: true })
  await second.send('presence', { room: 'role:clerk' })
  clock.advance(200)
  const zoeIsThere = { user: 'zoe', client_id: null, app_names: ['test'], state: 'online' }
  expect(first.peer.of('presence')).toMatchObject([{ room: null, members: [zoeIsThere], total: 1 }])
  expect(second.peer.of('presence')).toMatchObject([{ room: 'role:clerk', total: 2 }])
  await second.send('presence', { state: 'away' })
  expect(second.peer.of('ack')).toHaveLength(1)
  clock.advance(200)
  expect(first.peer.of('presence_event').flatMap(({ members }) => members)).toMatchObject([zoeIsThere])
  await second.send('presence', { room: 'role:clerk' })
  expect(second.peer.of('presence')[1]?.members.map(({ user, state }) => [user, state])).toEqual([
    ['zoe', 'online'],
    ['ali', 'away'],
  ])
})
