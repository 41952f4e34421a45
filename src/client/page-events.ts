import type { Unlisten } from './core-client.ts'
import type { Environment } from './environment.ts'

/**
 * Hears when the page can be seen again, or the network is back, and when the page may be gone for good.
 * @returns ends it
 */
export function listenToPage(
  { document, window }: Pick<Environment, 'document' | 'window'>,
  on: { wake(): void; hide(): void },
): Unlisten {
  const seen = () => {
    if (document?.visibilityState === 'visible') on.wake()
  }
  document?.addEventListener('visibilitychange', seen)
  window?.addEventListener('online', on.wake)
  window?.addEventListener('pagehide', on.hide)
  return () => {
    document?.removeEventListener('visibilitychange', seen)
    window?.removeEventListener('online', on.wake)
    window?.removeEventListener('pagehide', on.hide)
  }
}
