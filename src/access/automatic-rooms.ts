import type { Identity } from './identity.ts'

/** The rooms somebody is in by being who he is: his own, those of his roles, that of his tenant. */
export function automaticRooms({ user, roles, tenant }: Identity): readonly string[] {
  const rooms = new Set(roles.map(role => `role:${role}`))
  if (user !== null) rooms.add(`user:${user}`)
  if (tenant !== null) rooms.add(`tenant:${tenant}`)
  return [...rooms]
}
