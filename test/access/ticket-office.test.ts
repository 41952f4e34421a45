import { describe, expect, test } from 'vitest'
import { FailedAttempts } from '../../src/access/failed-attempts.ts'
import type { Identity } from '../../src/access/identity.ts'
import { openIdentity } from '../../src/access/identity.ts'
import { TicketOffice } from '../../src/access/ticket-office.ts'

const amira: Identity = { ...openIdentity, user: 'amira', roles: ['clerk'], credential: 'jwt:1' }
const here = '192.0.2.1'

function open(maxTickets?: number) {
  let uptime = 0
  const revoked = new Set<Identity>()
  const office = new TicketOffice({
    now: () => 1_000_000 + uptime,
    uptime: () => uptime,
    isRevoked: identity => revoked.has(identity),
    attempts: new FailedAttempts({ limit: 10, now: () => uptime }),
    ...(maxTickets === undefined ? {} : { maxTickets }),
  })
  return {
    office,
    revoked,
    pass: (ms: number) => {
      uptime += ms
    },
  }
}

describe('a ticket', () => {
  test('is good for who asked for it', () => {
    const { office } = open()
    const { ticket, validMs } = office.issue(amira)
    expect(validMs).toBe(30_000)
    expect(office.redeem(ticket, here)).toBe(amira)
  })

  test('is good once', () => {
    const { office } = open()
    const { ticket } = office.issue(amira)
    office.redeem(ticket, here)
    expect(() => office.redeem(ticket, here)).toThrow(expect.objectContaining({ code: 'RTB_AUTH_INVALID' }))
    expect(office.size).toBe(0)
  })

  test('is good for 30 seconds', () => {
    const { office, pass } = open()
    const [early, late] = [office.issue(amira), office.issue(amira)]
    pass(29_999)
    expect(office.redeem(early.ticket, here)).toBe(amira)
    pass(1)
    expect(() => office.redeem(late.ticket, here)).toThrow(
      expect.objectContaining({ code: 'RTB_AUTH_INVALID' }),
    )
  })

  test('is nothing when what it was given for was revoked or has expired since', () => {
    const { office, revoked, pass } = open()
    const brief = { ...amira, expiresAt: 1_000_100 }
    const [first, second] = [office.issue(amira), office.issue(brief)]
    revoked.add(amira)
    pass(100)
    expect(() => office.redeem(first.ticket, here)).toThrow(
      expect.objectContaining({ code: 'RTB_AUTH_REVOKED' }),
    )
    expect(() => office.redeem(second.ticket, here)).toThrow(
      expect.objectContaining({ code: 'RTB_AUTH_EXPIRED' }),
    )
  })

  test('cannot be guessed for long', () => {
    const { office } = open()
    const { ticket } = office.issue(amira)
    for (let i = 0; i < 10; i++) {
      expect(() => office.redeem(`${ticket}${i}`, here)).toThrow(
        expect.objectContaining({ code: 'RTB_AUTH_INVALID' }),
      )
    }
    expect(() => office.redeem(ticket, here)).toThrow(expect.objectContaining({ code: 'RTB_AUTH_ATTEMPTS' }))
    expect(office.redeem(ticket, '192.0.2.2')).toBe(amira)
  })
})

describe('the number of tickets that wait', () => {
  test('is bounded for one user, who gets more when some were used or ended', () => {
    const { office, pass } = open()
    const tickets = Array.from({ length: 20 }, () => office.issue(amira).ticket)
    expect(() => office.issue({ ...amira, credential: 'jwt:2' })).toThrow(
      expect.objectContaining({ code: 'RTB_AUTH_TICKETS' }),
    )
    expect(office.issue({ ...amira, user: 'ben' }).validMs).toBe(30_000)
    office.redeem(tickets[0] ?? '', here)
    office.issue(amira)
    pass(30_000)
    for (let i = 0; i < 20; i++) office.issue(amira)
    expect(office.size).toBe(20)
  })

  test('is bounded in all', () => {
    const { office } = open(50)
    const users = Array.from({ length: 50 }, (_, index) => ({ ...amira, user: `user ${index}` }))
    for (const user of users) office.issue(user)
    expect(() => office.issue(amira)).toThrow(expect.objectContaining({ code: 'RTB_AUTH_TICKETS' }))
  })
})
