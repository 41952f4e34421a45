import type * as z from 'zod'
import type { Identify, IsAdmin, IssueTicket } from '../access/identify.ts'
import { identifyNobody, isAdminOrLocal } from '../access/identify.ts'
import type { Identity } from '../access/identity.ts'
import type { Audit } from '../domain/audit.ts'
import { rtbridgeError } from '../domain/errors/registry.ts'
import type { adminBodies } from '../protocol/api-schemas.ts'

/** How admins get into the dashboard. */
export interface DashboardWays {
  /** Makes a link that is good once: what stands behind `#`. It answers for no longer than whoever asks for it. */
  readonly issueLink: (issuer: Identity) => { readonly link: string; readonly expiresAt: string }
  /**
   * Takes a link.
   * @throws RTB_AUTH_INVALID RTB_AUTH_EXPIRED RTB_AUTH_REVOKED RTB_AUTH_ATTEMPTS
   */
  readonly signIn: (link: string, address: string) => { readonly token: string; readonly expiresAt: string }
  /** Ends the session of who asks, and its connections. @returns false when he has none: a key stays good */
  readonly signOut: (identity: Identity) => boolean
  /** This machine needs no link and no key. */
  readonly isOpenHere: boolean
}

/** What is to be explained: a change of the journal, the last one of a table, or rows that somebody typed. */
export type ExplainRequest = z.infer<typeof adminBodies.explain>

/** What admins are told beyond the hub's own state. */
export interface AdminWays {
  /** What is captured and made of it. */
  readonly tables: () => object
  /** What every rule makes of a change, and why. */
  readonly explain: (request: ExplainRequest, identity: Identity) => Promise<object>
  /** The report of `rtbridge doctor`, as this hub sees it; it may be some seconds old. */
  readonly examine: () => Promise<object>
}

/** What the event stream and the API ask of the rest of a hub. */
export interface WaysIn {
  /** Nobody is asked who he is; default true. */
  readonly isOpen: boolean
  /** Tells who sent a request; default: nobody is asked. */
  readonly identify: Identify
  /** Default: the role `admin`, or this machine where nobody is asked. */
  readonly isAdmin: IsAdmin
  /** Makes tickets; default none. */
  readonly issueTicket: IssueTicket | null
  /** Rooms that somebody is in without asking; default none. */
  readonly roomsOf: (identity: Identity) => readonly string[]
  /** What only admins may ask; default: nothing is known. */
  readonly admin: AdminWays
  /** The page for admins; default none. */
  readonly dashboard: DashboardWays | null
  /** Takes records of what admins do; default: forgets them. */
  readonly audit: Audit
  /** Pause between two probes of an event stream, milliseconds; default 15 s. */
  readonly keepAliveMs: number
}

const unknown: AdminWays = {
  tables: () => ({ tables: [], rules: [] }),
  explain: ({ from }) =>
    Promise.reject(rtbridgeError('RTB_HTTP_NOT_FOUND', { path: `/api/explain of ${from}` })),
  examine: () => Promise.reject(rtbridgeError('RTB_HTTP_NOT_FOUND', { path: '/api/doctor' })),
}

/** Ways in with the defaults for what is not given. */
export function createWaysIn(given: Partial<WaysIn> = {}): WaysIn {
  return {
    isOpen: true,
    identify: identifyNobody,
    isAdmin: isAdminOrLocal,
    issueTicket: null,
    roomsOf: () => [],
    admin: unknown,
    dashboard: null,
    audit: () => {},
    keepAliveMs: 15_000,
    ...given,
  }
}
