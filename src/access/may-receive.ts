import type { Event } from '../domain/event.ts'
import type { Identity } from './identity.ts'

/**
 * Whether an event may leave for a connection: with `rooms` only to members of one of them, with `roles` only to
 * identities with one of them, with both only where both hold, with neither to everyone.
 */
export function mayReceive(
  identity: Identity,
  memberRooms: ReadonlySet<string>,
  event: Pick<Event, 'rooms' | 'roles'>,
): boolean {
  const { rooms, roles } = event
  if (rooms !== null && !rooms.some(room => memberRooms.has(room))) return false
  return roles === null || roles.some(role => identity.roles.includes(role))
}
