import { expect, test } from 'vitest'
import { type AccessRules, openAccess } from '../../../src/access/access-rules.ts'
import { automaticRooms } from '../../../src/access/automatic-rooms.ts'
import { formatCursor } from '../../../src/domain/cursor.ts'
import type { HubLimits } from '../../../src/hub/limits.ts'
import { closeCodes } from '../../../src/protocol/close-codes.ts'
import { TokenTable } from '../../support/token-table.ts'
import { FakePeer } from '../fake-peer.ts'
import { checkpointAt, eventOf } from '../memory-history.ts'
import { message, openTestHub, settle } from '../open-test-hub.ts'

/** A hub with sign-in whose rooms are open to who stands in `open`; while `held` is a list, answers wait in it. */
function openGuardedRooms(limits: Partial<HubLimits> = {}, sizes: readonly number[] = []) {
  const state = { open: new Set(['lobby']), held: null as (() => void)[] | null }
  const access: AccessRules = {
    ...openAccess,
    roomsOf: automaticRooms,
    mayJoin: async (_, room) => {
      if (state.held !== null) await new Promise<void>(resolve => state.held?.push(resolve))
      return state.open.has(room)
    },
  }
  const tokens = new TokenTable().add('ann', { user: 'ann' }).add('bob', { user: 'bob' })
  const opened = openTestHub({
    access,
    authenticator: tokens,
    sizes,
    with: { roomRecheckMs: 1_000, presenceHeartbeatMs: 3_600_000, presenceGraceMs: 0, ...limits },
  })
  opened.hub.start(checkpointAt(sizes.length))
  const connect = async (token: string, data: object = {}) => {
    const peer = new FakePeer()
    const connection = opened.hub.connect(peer)
    const send = (type: string, content: object) => connection.receive(message(type, content))
    send('register', { app_name: 'test', token, ...data })
    await settle()
    expect(peer.of('registered')).toHaveLength(1)
    return { peer, connection, send }
  }
  const answer = async () => {
    for (const go of state.held?.splice(0) ?? []) go()
    await settle()
  }
  let position = sizes.length
  const publish = (...rooms: string[]) => {
    position++
    opened.hub.publish({ events: [eventOf(position, position, { rooms })], cursor: checkpointAt(position) })
  }
  return { ...opened, state, tokens, connect, answer, publish }
}

test.each([
  ['to everybody', {}, false],
  ['to a room', { room: 'lobby' }, false],
  ['to a room, by members only', { room: 'lobby' }, true],
])('a signal %s that waits its turn does not go out once its sender was revoked', async (_, to, members) => {
  const { connect, state, tokens, answer } = openGuardedRooms({ signalsMembersOnly: members })
  const [ann, bob] = [await connect('ann'), await connect('bob')]
  for (const { send } of [ann, bob]) send('join', { room: 'lobby' })
  await settle()
  state.held = []
  ann.send('join', { room: 'slow' })
  ann.send('custom_event', { event_type: 'LATE', ...to })
  await settle()
  tokens.revoke('ann')
  await answer()
  expect(ann.peer.closeCode).toBe(closeCodes.signInRevoked)
  expect(bob.peer.of('realtime_event')).toEqual([])
})

test('who goes away while a question is open is not told of presence for ever', async () => {
  const { connect, state, answer, clock } = openGuardedRooms()
  const { connection, send, peer } = await connect('ann')
  const watched = () => connection.context.presence.watchers.roomsOf(connection.id)
  send('presence', { subscribe: true })
  expect(watched()).toEqual([null])
  state.held = []
  send('join', { room: 'slow' })
  send('presence', { subscribe: true })
  await settle()
  connection.closed()
  await answer()
  clock.advance(1_000)
  expect(watched()).toEqual([])
  expect(peer.of('presence')).toHaveLength(1)
})

test('nothing is kept of a replay that was given up', async () => {
  const { connect, hub, history } = openGuardedRooms({ tailBytes: 0 }, [1, 1, 1])
  hub.reset(checkpointAt(3), 'retention')
  const { connection, send } = await connect('ann', { subscriptions: [] })
  send('join', { room: 'lobby' })
  await settle()
  history.beforeBatch = () => new Promise(() => {})
  for (const id of ['a', 'b', 'c']) {
    send('subscribe', { id, rooms: ['lobby'], since: formatCursor(checkpointAt(0)) })
    send('unsubscribe', { id })
  }
  await settle()
  expect([...(connection.rooms.replaying ?? [])]).toEqual([])
})

test.each([
  ['what conflation holds of it', { subscriptions: [{ id: 'calm', conflate_ms: 60_000 }] }, false],
  ['what waits for a slow client', {}, true],
])('when a right to a room is lost, %s does not leave any more', async (_, data, isSlow) => {
  const { connect, state, clock, publish } = openGuardedRooms({ highWaterBytes: 1 })
  const { peer, send } = await connect('ann', data)
  send('join', { room: 'lobby' })
  await settle()
  peer.isSlow = isSlow
  publish('lobby')
  publish('lobby')
  state.open.clear()
  clock.advance(1_000)
  await settle()
  peer.isSlow = false
  peer.take()
  await settle()
  expect(peer.closeCode).toBe(closeCodes.identityChanged)
  expect(peer.eventIds()).toEqual([])
})

test('of a sign-in that has expired nothing is taken, even when no timer has said so yet', async () => {
  const { connect, tokens, clock } = openGuardedRooms()
  tokens.add('short', { user: 'ann', expiresAt: clock.now() + 2_000 })
  const [ann, bob] = [await connect('short'), await connect('bob')]
  clock.jump(2_000)
  ann.send('custom_event', { event_type: 'LATE' })
  await settle()
  expect(bob.peer.of('realtime_event')).toEqual([])
  expect(ann.peer.closeCode).toBe(closeCodes.signInExpired)
})
