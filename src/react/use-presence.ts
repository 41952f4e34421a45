import type { PresenceView } from './presence-source.ts'
import { idlePresence, presence } from './presence-source.ts'
import { useShared } from './use-shared.ts'

/**
 * Who is there.
 * @param room default: everybody; null = nothing is asked, for now
 */
export function usePresence(room?: string | null): PresenceView {
  return useShared(presence, room === null ? null : { room }, idlePresence)
}
