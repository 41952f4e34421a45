import { matchesGlob } from '../domain/glob.ts'
import type { PublishRule } from '../domain/policy.ts'
import type { Identity } from './identity.ts'

/**
 * Whether somebody may send a custom event: when a rule allows it and none denies it.
 * @param rules null = everybody may
 */
export function judgePublish(
  rules: readonly PublishRule[] | null,
  identity: Identity,
  event: { readonly eventType: string; readonly room: string | null },
): boolean {
  if (rules === null) return true
  const applicable = rules.filter(rule => speaksOf(rule, identity, event))
  return applicable.length > 0 && !applicable.some(({ deny }) => deny)
}

function speaksOf(
  { roles, events, rooms }: PublishRule,
  identity: Identity,
  { eventType, room }: { readonly eventType: string; readonly room: string | null },
): boolean {
  if (roles !== null && !roles.some(role => identity.roles.includes(role))) return false
  if (events !== null && !events.some(glob => matchesGlob(glob, eventType))) return false
  return rooms === null || (room !== null && rooms.some(glob => matchesGlob(glob, room)))
}
