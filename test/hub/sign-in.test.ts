import { describe, expect, test } from 'vitest'
import type { AuditRecord } from '../../src/domain/audit.ts'
import { rtbridgeError } from '../../src/domain/errors/registry.ts'
import { webSocketFrame } from '../../src/hub/stream/web-socket-frame.ts'
import { closeCodes } from '../../src/protocol/close-codes.ts'
import { TokenTable } from '../support/token-table.ts'
import { FakePeer } from './fake-peer.ts'
import { checkpointAt, eventOf } from './memory-history.ts'
import { message, openTestHub, settle } from './open-test-hub.ts'

function openGuardedHub() {
  const tokens = new TokenTable()
  const records: AuditRecord[] = []
  const opened = openTestHub({ authenticator: tokens, audit: record => records.push(record) })
  const { hub, clock } = opened
  hub.start(checkpointAt(0))
  const inTwoSeconds = clock.now() + 2_000
  tokens.add('ann', { user: 'ann', roles: ['clerk'] })
  tokens.add('ann-short', { user: 'ann', roles: ['clerk'], expiresAt: inTwoSeconds })
  tokens.add('ann-chief', { user: 'ann', roles: ['chief'] })
  tokens.add('bob', { user: 'bob', roles: ['clerk'] })
  const publish = (nth: number) => hub.publish({ events: [eventOf(nth, nth)], cursor: checkpointAt(nth) })
  const connect = () => {
    const peer = new FakePeer()
    const connection = hub.connect(peer)
    const send = (type: string, data: object) => connection.receive(message(type, data))
    return { peer, connection, send }
  }
  /** A client that has registered with a token. */
  const signedIn = async (token: string) => {
    const client = connect()
    client.send('register', { app_name: 'test', token })
    await settle()
    expect(client.peer.of('registered')).toHaveLength(1)
    return client
  }
  return { ...opened, tokens, records, publish, connect, signedIn }
}

describe('signing in', () => {
  test('with register is what a stream begins with', async () => {
    const { signedIn, publish } = openGuardedHub()
    const { peer } = await signedIn('ann')
    publish(1)
    expect(peer.eventIds()).toEqual(['e1'])
  })

  test('is demanded before anything is subscribed, and nothing comes without it', async () => {
    const { connect, publish } = openGuardedHub()
    const { peer, send } = connect()
    send('register', { app_name: 'test' })
    send('subscribe', { id: 'all' })
    await settle()
    publish(1)
    expect(peer.of('error').map(({ code }) => code)).toEqual(['RTB_AUTH_REQUIRED', 'RTB_REGISTER_FIRST'])
    expect(peer.eventIds()).toEqual([])
  })

  test('may come before register, which then needs no token', async () => {
    const { connect } = openGuardedHub()
    const { peer, send } = connect()
    send('auth', { token: 'ann' })
    await settle()
    send('register', { app_name: 'test' })
    await settle()
    expect(peer.of('authenticated')).toEqual([
      { user: 'ann', roles: ['clerk'], tenant: null, expires_at: null },
    ])
    expect(peer.of('registered')).toHaveLength(1)
  })

  test('that fails leaves the client free to try again, and what it sent meanwhile is refused', async () => {
    const { connect } = openGuardedHub()
    const { peer, send } = connect()
    send('register', { app_name: 'test', token: 'nobody' })
    send('join', { room: 'r' })
    await settle()
    expect(peer.of('error').map(({ code }) => code)).toEqual(['RTB_REGISTER_FIRST', 'RTB_AUTH_REQUIRED'])
    send('register', { app_name: 'test', token: 'ann' })
    await settle()
    expect(peer.of('registered')).toHaveLength(1)
  })

  test('has to happen within its time', () => {
    const { connect, clock } = openGuardedHub()
    const { peer } = connect()
    clock.advance(4_999)
    expect(peer.closeCode).toBe(null)
    clock.advance(1)
    expect([peer.closeCode, peer.isTerminated]).toEqual([closeCodes.signInMissing, true])
  })

  test('within its time ends the waiting for it', async () => {
    const { signedIn, clock } = openGuardedHub()
    const { peer } = await signedIn('ann')
    clock.advance(60_000)
    expect(peer.closeCode).toBe(null)
  })
})

describe('a sign-in', () => {
  test('that expires ends the connection, and nothing leaves after that', async () => {
    const { signedIn, publish, clock } = openGuardedHub()
    const { peer } = await signedIn('ann-short')
    publish(1)
    clock.advance(2_000)
    publish(2)
    expect(peer.eventIds()).toEqual(['e1'])
    expect([peer.closeCode, peer.isTerminated]).toEqual([closeCodes.signInExpired, true])
  })

  test('has expired by the clock even when no timer has said so yet', async () => {
    const { signedIn, publish, clock } = openGuardedHub()
    const { peer } = await signedIn('ann-short')
    clock.jump(2_000)
    publish(1)
    expect(peer.frames.map(String).join()).not.toContain('"e1"')
    expect(peer.closeCode).toBe(closeCodes.signInExpired)
  })

  test('that expires while events wait takes these with it', async () => {
    const { signedIn, publish, clock } = openGuardedHub()
    const { peer } = await signedIn('ann-short')
    peer.isSlow = true
    const big = 'x'.repeat(300 * 1_024)
    publish(1)
    peer.send(webSocketFrame(JSON.stringify({ message_type: 'pong', data: big })))
    publish(2)
    clock.advance(2_000)
    peer.take()
    expect(peer.eventIds()).toEqual([])
  })

  test('that is renewed in time goes on', async () => {
    const { signedIn, publish, clock } = openGuardedHub()
    const { peer, send } = await signedIn('ann-short')
    send('auth', { token: 'ann' })
    await settle()
    clock.advance(60_000)
    publish(1)
    expect(peer.eventIds()).toEqual(['e1'])
  })

  test('that is renewed with other rights ends the connection, to go on with its cursor', async () => {
    const { signedIn, publish } = openGuardedHub()
    const { peer, send } = await signedIn('ann')
    send('auth', { token: 'ann-chief' })
    await settle()
    publish(1)
    expect(peer.closeCode).toBe(closeCodes.identityChanged)
    expect(peer.eventIds()).toEqual([])
  })

  test('does not become another user', async () => {
    const { signedIn, publish } = openGuardedHub()
    const { peer, send } = await signedIn('ann')
    send('auth', { token: 'bob' })
    await settle()
    expect(peer.of('error').map(({ code }) => code)).toEqual(['RTB_AUTH_OTHER'])
    publish(1)
    expect(peer.eventIds()).toEqual(['e1'])
  })

  test('that is taken back ends all its connections and no other', async () => {
    const { signedIn, tokens, publish } = openGuardedHub()
    const [ann, other, bob] = [await signedIn('ann'), await signedIn('ann'), await signedIn('bob')]
    tokens.revoke('ann')
    publish(1)
    expect([ann, other, bob].map(({ peer }) => peer.closeCode)).toEqual([
      closeCodes.signInRevoked,
      closeCodes.signInRevoked,
      null,
    ])
    expect([ann, other, bob].map(({ peer }) => peer.eventIds())).toEqual([[], [], ['e1']])
  })
})

test('comings, goings and failures are recorded, without tokens', async () => {
  const { signedIn, connect, records } = openGuardedHub()
  const { connection } = await signedIn('ann')
  connection.closed()
  const failing = connect()
  failing.send('register', { app_name: 'test', token: 'nobody-secret' })
  await settle()
  expect(records.map(({ action, user, code }) => [action, user, code])).toEqual([
    ['connect', null, null],
    ['sign-in', 'ann', null],
    ['disconnect', 'ann', null],
    ['connect', null, null],
    ['sign-in-failed', null, 'RTB_AUTH_REQUIRED'],
  ])
  expect(JSON.stringify(records)).not.toContain('nobody-secret')
})

test('who is refused without a look, again and again, is recorded once', async () => {
  const { tokens, records, connect } = openGuardedHub()
  tokens.authenticate = () => Promise.reject(rtbridgeError('RTB_AUTH_ATTEMPTS', { retryMs: 1 }))
  const { peer, send } = connect()
  for (let n = 0; n < 5; n++) send('auth', { token: 'guess' })
  await settle()
  expect(peer.of('error')).toHaveLength(5)
  expect(records.filter(({ code }) => code === 'RTB_AUTH_ATTEMPTS')).toHaveLength(1)
})

test('identities of equal rights share their matching, whoever they are', async () => {
  const { signedIn, hub } = openGuardedHub()
  await signedIn('ann')
  await signedIn('bob')
  expect(hub.stats().profiles).toBe(1)
})
