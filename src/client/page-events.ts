import type { Unlisten } from './core-client.ts'
import type { Environment, EventSourceLike } from './environment.ts'

/**
 * Hears when the page can be seen again, or the network is back, and when the page may be gone for good.
 * @returns ends it
 */
export function listenToPage(
  { document, window }: Pick<Environment, 'document' | 'window'>,
  wake: () => void,
  hide: () => void,
): Unlisten {
  const seen = () => document?.visibilityState === 'visible' && wake()
  const all: [EventSourceLike | undefined, string, () => void][] = [
    [document, 'visibilitychange', seen],
    [window, 'online', wake],
    [window, 'pagehide', hide],
  ]
  for (const [source, type, listener] of all) source?.addEventListener(type, listener)
  return () => {
    for (const [source, type, listener] of all) source?.removeEventListener(type, listener)
  }
}
