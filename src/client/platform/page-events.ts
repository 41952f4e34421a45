import type { EventSourceLike, Platform } from './environment.ts'
import type { Unlisten } from './listeners.ts'

/**
 * Hears when the page can be seen again, or the network is back, and when the page may be gone for good.
 * @returns ends it
 */
export function listenToPage(platform: Platform, wake: () => void, hide: () => void): Unlisten {
  const seen = () => platform.document?.visibilityState === 'visible' && wake()
  const all: [Partial<EventSourceLike> | undefined, string, () => void][] = [
    [platform.document, 'visibilitychange', seen],
    [platform, 'online', wake],
    [platform, 'pagehide', hide],
  ]
  for (const [source, type, listener] of all) source?.addEventListener?.(type, listener)
  return () => {
    for (const [source, type, listener] of all) source?.removeEventListener?.(type, listener)
  }
}
