/** Rooms that one is in by being who one is. */
const prefixes = ['user:', 'role:', 'tenant:'] as const

/** Whether nobody can join a room of this name: who belongs there is in it. */
export function isAutomaticRoom(room: string): boolean {
  return prefixes.some(prefix => room.startsWith(prefix))
}

/** Whether a room is that of one user alone. */
export function isPersonalRoom(room: string): boolean {
  return room.startsWith('user:')
}
