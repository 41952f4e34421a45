import type { Identify, IsAdmin, IssueTicket } from '../access/identify.ts'
import { identifyNobody, isAdminOrLocal } from '../access/identify.ts'
import type { Identity } from '../access/identity.ts'
import type { Audit } from '../domain/audit.ts'
import type { Hub } from '../hub/hub.ts'
import type { ListPresent } from './rest/hub-operations.ts'
import { listConnected } from './rest/hub-operations.ts'

/** What the event stream and the API ask of the rest of a hub. */
export interface WaysIn {
  /** Tells who sent a request; default: nobody is asked. */
  readonly identify: Identify
  /** Default: the role `admin`, or this machine where nobody is asked. */
  readonly isAdmin: IsAdmin
  /** Makes tickets; default none. */
  readonly issueTicket: IssueTicket | null
  /** Default: the connections of this hub. */
  readonly listPresent: ListPresent
  /** Rooms that somebody is in without asking; default none. */
  readonly roomsOf: (identity: Identity) => readonly string[]
  /** Takes records of what admins do; default: forgets them. */
  readonly audit: Audit
  /** Exact origins whose pages may read answers; default none. */
  readonly corsOrigins: readonly string[]
  /** Requests per second that one connection may send to the API; ten seconds' worth at once; default 100. */
  readonly requestsPerSecond: number
  /** Pause between two probes of an event stream, milliseconds; default 15 s. */
  readonly keepAliveMs: number
}

/** Ways in with the defaults for what is not given. */
export function createWaysIn(hub: Hub, given: Partial<WaysIn> = {}): WaysIn {
  return {
    identify: identifyNobody,
    isAdmin: isAdminOrLocal,
    issueTicket: null,
    listPresent: listConnected(hub),
    roomsOf: () => [],
    audit: () => {},
    corsOrigins: [],
    requestsPerSecond: 100,
    keepAliveMs: 15_000,
    ...given,
  }
}
