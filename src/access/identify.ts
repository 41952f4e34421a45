import type { Identity } from './identity.ts'
import { openIdentity } from './identity.ts'

/** What a request over HTTP shows of who sent it. */
export interface ShownCredentials {
  /** The `Authorization` header as it came. */
  readonly authorization: string | null
  /** `?ticket=`: from `POST /api/ticket`, for once. */
  readonly ticket: string | null
  /** `?token=`: a key or a JWT in the URL, where that is allowed. */
  readonly token: string | null
  readonly address: string
}

/**
 * Tells who sent a request.
 * @throws RTB_AUTH_* RTB_SIGN_IN_REQUIRED
 */
export type Identify = (shown: ShownCredentials) => Promise<Identity>

/** Where nobody is asked. */
export const identifyNobody: Identify = () => Promise.resolve(openIdentity)

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

function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/i, '')
  return plain === '::1' || /^127\.\d+\.\d+\.\d+$/.test(plain)
}
