/** One line of the audit log: who did what from where, never what it was about. */
export interface AuditRecord {
  readonly action:
    | 'connect'
    | 'disconnect'
    | 'sign-in'
    | 'sign-in-failed'
    | 'sign-out'
    | 'denied'
    | 'join'
    | 'leave'
    | 'publish'
    | 'read-history'
    | 'admin'
  /** Null before somebody signed in, and where nobody has to. */
  readonly user: string | null
  /** The connection, where there is one. */
  readonly connection: string | null
  readonly address: string
  /** Code of the error that answered it; null when it was done. */
  readonly code: string | null
  /** Names only: a room, an event type, a path; never a payload or a token. */
  readonly subject: string | null
}

/** Takes records. Never throws. */
export type Audit = (record: AuditRecord) => void
