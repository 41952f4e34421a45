import type { Audit, AuditRecord } from '../domain/audit.ts'

/** Takes lines of the log. */
export interface AuditLogger {
  info(fields: object, message: string): void
}

/** Names come from outside: no longer than this, characters. */
const longestName = 200

/**
 * The audit log: one line per record, with `part: "audit"`. What was refused says its code, and names are cut short; a
 * payload or a token is in no record to begin with.
 * @param logger where lines go; JSON escapes what names may hold
 */
export function createAuditLog(logger: AuditLogger): Audit {
  return record =>
    logger.info(fieldsOf(record), record.code === null ? record.action : `${record.action} refused`)
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
