import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { openAuthenticator } from '../../src/access/authenticator.ts'
import { openIdentity } from '../../src/access/identity.ts'
import { createIdentify } from '../../src/transports/identify.ts'
import { TokenTable } from '../support/token-table.ts'

const tokens = new TokenTable()
  .add('bearer', { user: 'by-header' })
  .add('a.b-c_d', { user: 'by-protocol' })
  .add('url', { user: 'by-address' })
const redeem = (ticket: string) => (ticket === 'once' ? { ...openIdentity, user: 'by-ticket' } : null)

function request(url: string, headers: IncomingMessage['headers'] = {}): IncomingMessage {
  const made = new IncomingMessage(new Socket())
  return Object.assign(made, { url, headers })
}

const identify = createIdentify({ authenticator: tokens, redeem, allowTokenInUrl: false })

describe('a request says who sent it', () => {
  test.each([
    ['in Authorization', request('/', { authorization: 'Bearer bearer' }), 'by-header'],
    [
      'as a subprotocol',
      request('/', { 'sec-websocket-protocol': 'rtbridge.v1, rtbridge.token.a.b-c_d' }),
      'by-protocol',
    ],
    ['with a ticket', request('/events?x=1&ticket=once'), 'by-ticket'],
    [
      'in Authorization before all else',
      request('/?ticket=no', { authorization: 'bearer bearer' }),
      'by-header',
    ],
  ])('%s', async (_where, from, user) => {
    expect((await identify(from))?.user).toBe(user)
  })

  test('in its address where that is allowed, and only there', async () => {
    const from = request('/?token=url')
    const allowing = createIdentify({ authenticator: tokens, redeem, allowTokenInUrl: true })
    expect((await allowing(from))?.user).toBe('by-address')
    await expect(identify(from)).rejects.toMatchObject({ code: 'RTB_AUTH_URL' })
  })

  test('or says nothing', async () => {
    expect(await identify(request('/'))).toBe(null)
  })

  test('or shows what is worth nothing', async () => {
    await expect(identify(request('/?ticket=twice'))).rejects.toMatchObject({ code: 'RTB_AUTH_TICKET' })
    await expect(identify(request('/', { authorization: 'Bearer wrong' }))).rejects.toMatchObject({
      code: 'RTB_AUTH_REQUIRED',
    })
  })
})

test('an open hub asks nobody', async () => {
  const open = createIdentify({ authenticator: openAuthenticator, redeem, allowTokenInUrl: false })
  expect(await open(request('/?token=url', { authorization: 'Bearer wrong' }))).toBe(openIdentity)
})
