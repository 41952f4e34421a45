import type { ClientError } from '../api/client-error.ts'
import { clientError } from '../api/client-errors.ts'
import type { Unlisten } from '../platform/listeners.ts'

/** Something an app waits for, as it is now. */
interface Awaited {
  readonly state: string
  readonly error: ClientError | null
}

/**
 * Waits until something is live, or online.
 * @param look tells what it is like
 * @param listen hears whenever it may be different
 * @throws ClientError when it fails, or is closed before
 */
export function whenLive(look: () => Awaited, listen: (hear: () => void) => Unlisten): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      const { state, error } = look()
      if (/live|online/.test(state)) resolve()
      else if (/failed|closed/.test(state)) reject(error ?? clientError('RTB_CLIENT_CLOSED'))
      else return
      end()
    }
    const end = listen(settle)
    settle()
  })
}
