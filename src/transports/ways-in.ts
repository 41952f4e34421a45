import type { Identify, IsAdmin, IssueTicket } from '../access/identify.ts'
import { identifyNobody, isAdminOrLocal } from '../access/identify.ts'
import type { Identity } from '../access/identity.ts'
import type { Audit } from '../domain/audit.ts'

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
  /** Takes records of what admins do; default: forgets them. */
  readonly audit: Audit
  /** Pause between two probes of an event stream, milliseconds; default 15 s. */
  readonly keepAliveMs: number
}

/** Ways in with the defaults for what is not given. */
export function createWaysIn(given: Partial<WaysIn> = {}): WaysIn {
  return {
    isOpen: true,
    identify: identifyNobody,
    isAdmin: isAdminOrLocal,
    issueTicket: null,
    roomsOf: () => [],
    audit: () => {},
    keepAliveMs: 15_000,
    ...given,
  }
}
