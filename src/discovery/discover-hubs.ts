import type { DiscoveredHub, HubFilter } from './discovered-hub.ts'
import { HubWatch } from './hub-watch.ts'

/** How long to look for hubs, and for which. */
export interface DiscoverOptions extends HubFilter {
  /** How long answers are waited for, ms; default 2,000. */
  readonly timeoutMs?: number
  /** Ends it before. */
  readonly signal?: AbortSignal
}

const defaultTimeoutMs = 2_000

/**
 * Looks for hubs on the local network, for `timeoutMs`, and gives those that answered: hubs of one database side by
 * side. None is no error.
 *
 * @throws RTB_DISCOVERY_PORT, RTB_DISCOVERY_NETWORK, RTB_DISCOVERY_FAILED when no network can be asked;
 * RTB_DISCOVERY_FINGERPRINT when `fingerprint` is none; the reason of `signal` when that ends it
 */
export async function discoverHubs(options: DiscoverOptions = {}): Promise<DiscoveredHub[]> {
  const { timeoutMs = defaultTimeoutMs, signal, ...filter } = options
  signal?.throwIfAborted()
  const watch = new HubWatch({ ...filter, onChange: () => {}, onProblem: () => {} })
  try {
    await pause(timeoutMs, signal)
    const hubs = [...watch.list()]
    if (hubs.length === 0 && watch.problem !== null) throw watch.problem
    return hubs
  } finally {
    await watch.close()
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    signal?.addEventListener('abort', stop, { once: true })
  })
}
