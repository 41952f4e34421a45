import type { PresenceView } from '../sources/presence-source.ts'
import { idlePresence, presence } from '../sources/presence-source.ts'
import { useShared } from '../sources/use-shared.ts'

/**
 * Who is there.
 * @param room default: everybody; null = nothing is asked, for now
 */
export function usePresence(room?: string | null): PresenceView {
  return useShared(presence, room === null ? null : { room }, idlePresence)
}
