import type { AuditRecord } from '../../domain/audit.ts'
import type { Client } from '../connections/client.ts'

/** Notes what a connection did about a room, or was not allowed to. */
export function auditRoom(
  { id, remoteAddress, session, context }: Client,
  action: Extract<AuditRecord['action'], 'join' | 'leave' | 'denied'>,
  { room, code = null }: { readonly room: string; readonly code?: string | null },
): void {
  const user = session.identity?.user ?? null
  context.audit({ action, user, connection: id, address: remoteAddress, code, subject: room })
}
