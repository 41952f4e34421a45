import type { Audit, AuditRecord } from '../domain/audit.ts'

/** Takes a line of the log. */
export type WriteLine = (fields: object, message: string) => void

/** Names come from outside: no longer than this, characters. */
const longestName = 200

/**
 * The audit log: one line per record, with `part: "audit"`. What was refused says its code, and names are cut short; a
 * payload or a token is in no record to begin with.
 * @param write where lines go; JSON escapes what names may hold
 */
export function createAuditLog(write: WriteLine): Audit {
  return record => write(fieldsOf(record), record.code === null ? record.action : `${record.action} refused`)
}

function fieldsOf({ action, user, connection, address, code, subject }: AuditRecord): object {
  return {
    part: 'audit',
    action,
    ...(user === null ? {} : { user: clip(user) }),
    ...(connection === null ? {} : { connection }),
    address,
    ...(code === null ? {} : { code }),
    ...(subject === null ? {} : { subject: clip(subject) }),
  }
}

function clip(name: string): string {
  return name.length > longestName ? `${name.slice(0, longestName)}…` : name
}
