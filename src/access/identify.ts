import { rtbridgeError } from '../domain/errors/registry.ts'
import type { AdminSessions } from './admin-sessions.ts'
import type { Authenticator } from './authenticator.ts'
import type { Identity } from './identity.ts'
import { openIdentity } from './identity.ts'
import type { TicketOffice } from './ticket-office.ts'

/** What a request over HTTP shows of who sent it. */
export interface ShownCredentials {
  /** The `Authorization` header as it came. */
  readonly authorization: string | null
  /** What stands behind `rtbridge.token.` in a subprotocol that a WebSocket offers: browsers can set no header. */
  readonly subprotocol: string | null
  /** `?ticket=`: from `POST /api/ticket`, for once. */
  readonly ticket: string | null
  /** `?token=`: a key or a JWT in the URL, where that is allowed. */
  readonly token: string | null
  readonly address: string
}

/**
 * Tells who sent a request.
 * @throws RTB_AUTH_*
 */
export type Identify = (shown: ShownCredentials) => Promise<Identity>

/** Where nobody is asked. */
export const identifyNobody: Identify = () => Promise.resolve(openIdentity)

/** True when a request shows something of who sent it, worth something or not. */
export function showsSomething({ authorization, subprotocol, ticket, token }: ShownCredentials): boolean {
  return authorization !== null || subprotocol !== null || ticket !== null || token !== null
}

/**
 * Makes the one way in which requests of every kind say who sent them: by the header, else the subprotocol, else a
 * ticket, else, where that is allowed, a token in the URL.
 */
export function createIdentify(
  authenticator: Authenticator,
  means: {
    readonly tickets: TicketOffice
    readonly allowTokenInUrl: boolean
    /** Those of the dashboard count where nobody is asked, too; default none. */
    readonly sessions?: Pick<AdminSessions, 'find'>
  },
): Identify {
  if (authenticator.mode === 'open') {
    return async ({ authorization }) =>
      (authorization === null ? null : means.sessions?.find(bearerOf(authorization))) ?? openIdentity
  }
  return async ({ authorization, subprotocol, ticket, token, address }) => {
    const bearer = authorization === null ? subprotocol : bearerOf(authorization)
    if (bearer !== null) return authenticator.authenticate(bearer, address)
    if (ticket !== null) {
      const identity = means.tickets.redeem(ticket, address)
      // A session of the dashboard that has ended is on no list of what is revoked.
      if (authenticator.isRevoked(identity)) throw rtbridgeError('RTB_AUTH_REVOKED', {})
      return identity
    }
    if (token === null) throw rtbridgeError('RTB_AUTH_REQUIRED', {})
    if (!means.allowTokenInUrl) throw rtbridgeError('RTB_AUTH_URL', {})
    return authenticator.authenticate(token, address)
  }
}

/** The token of `Bearer …`; another scheme shows none, which is not valid. */
function bearerOf(authorization: string): string {
  return /^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? ''
}

/** A ticket: stands for who asked for it, once, for a short time. */
export interface IssuedTicket {
  readonly ticket: string
  /** ISO 8601. */
  readonly expiresAt: string
}

/** Makes a ticket; null where nobody is asked who he is. */
export type IssueTicket = (identity: Identity) => Promise<IssuedTicket>

/** Whether somebody may see who is connected and send test events. */
export type IsAdmin = (identity: Identity, address: string) => boolean

/** Role of those who administrate a hub. */
const adminRole = 'admin'

/** Those with the role `admin`; where nobody is asked who he is, who sits at the hub's machine. */
export const isAdminOrLocal: IsAdmin = (identity, address) =>
  identity.roles.includes(adminRole) || (identity === openIdentity && isLoopback(address))

/** Whether an address is of this machine. */
export function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/i, '')
  return plain === '::1' || /^127\.\d+\.\d+\.\d+$/.test(plain)
}
