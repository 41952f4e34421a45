import type { Unlisten } from './core-client.ts'
import type { EventSourceLike, Platform } from './environment.ts'

/**
 * Hears when the page can be seen again, or the network is back, and when the page may be gone for good.
 * @returns ends it
 */
export function listenToPage(platform: Platform, wake: () => void, hide: () => void): Unlisten {
  const { document } = platform
  const seen = () => document?.visibilityState === 'visible' && wake()
  const all: [Partial<EventSourceLike> | undefined, string, () => void][] = [
    [document, 'visibilitychange', seen],
    [platform, 'online', wake],
    [platform, 'pagehide', hide],
  ]
  for (const [source, type, listener] of all) source?.addEventListener?.(type, listener)
  return () => {
    for (const [source, type, listener] of all) source?.removeEventListener?.(type, listener)
  }
}
