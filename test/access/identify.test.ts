import { describe, expect, test } from 'vitest'
import { openAuthenticator } from '../../src/access/authenticator.ts'
import type { ShownCredentials } from '../../src/access/identify.ts'
import { createIdentify, showsSomething } from '../../src/access/identify.ts'
import { openIdentity } from '../../src/access/identity.ts'
import { TicketOffice } from '../../src/access/ticket-office.ts'
import { TokenTable } from '../support/token-table.ts'

const tokens = new TokenTable()
  .add('header', { user: 'by-header' })
  .add('protocol', { user: 'by-protocol' })
  .add('url', { user: 'by-url' })
const tickets = new TicketOffice({
  now: () => 0,
  uptime: () => 0,
  isRevoked: () => false,
  attempts: { check: () => {}, add: () => {} },
})
const nothing: ShownCredentials = {
  authorization: null,
  subprotocol: null,
  ticket: null,
  token: null,
  address: '127.0.0.1',
}
const identify = createIdentify(tokens, { tickets, allowTokenInUrl: false })
const newTicket = () => tickets.issue({ ...openIdentity, user: 'by-ticket' }).ticket

describe('a request says who sent it', () => {
  test.each([
    ['in Authorization', { authorization: 'Bearer header' }, 'by-header'],
    ['as a subprotocol', { subprotocol: 'protocol' }, 'by-protocol'],
    ['with a ticket', { ticket: newTicket() }, 'by-ticket'],
    ['in Authorization before all else', { authorization: 'bearer header', ticket: 'x' }, 'by-header'],
  ])('%s', async (_where, shown, user) => {
    expect((await identify({ ...nothing, ...shown })).user).toBe(user)
  })

  test('with a ticket once', async () => {
    const ticket = newTicket()
    await identify({ ...nothing, ticket })
    await expect(identify({ ...nothing, ticket })).rejects.toMatchObject({ code: 'RTB_AUTH_INVALID' })
  })

  test('in its URL where that is allowed, and only there', async () => {
    const shown = { ...nothing, token: 'url' }
    const allowing = createIdentify(tokens, { tickets, allowTokenInUrl: true })
    expect((await allowing(shown)).user).toBe('by-url')
    await expect(identify(shown)).rejects.toMatchObject({ code: 'RTB_AUTH_URL' })
  })

  test('or is refused', async () => {
    expect(showsSomething(nothing)).toBe(false)
    await expect(identify(nothing)).rejects.toMatchObject({ code: 'RTB_AUTH_REQUIRED' })
    await expect(identify({ ...nothing, authorization: 'Basic header' })).rejects.toMatchObject({
      code: 'RTB_AUTH_REQUIRED',
    })
  })
})

test('an open hub asks nobody', async () => {
  const open = createIdentify(openAuthenticator, { tickets, allowTokenInUrl: false })
  expect(await open({ ...nothing, authorization: 'Bearer wrong', token: 'url' })).toBe(openIdentity)
})
