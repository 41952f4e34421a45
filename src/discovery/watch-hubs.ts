import type { DiscoveredHub, HubFilter } from './discovered-hub.ts'
import { HubWatch } from './hub-watch.ts'

/** Which hubs to watch, and who hears of trouble. */
export interface WatchOptions extends HubFilter {
  /** Hears why no network can be asked (`RTB_DISCOVERY_*`), and what the listener threw; default `console.error`. */
  readonly onError?: (error: unknown) => void
}

/**
 * Watches the hubs of the local network until it is told to stop.
 *
 * @param onChange hears of every change: all the hubs that are there, those of one database side by side
 * @returns ends it; the process can end from then on
 * @throws RTB_DISCOVERY_FINGERPRINT when `fingerprint` is none
 */
export function watchHubs(
  onChange: (hubs: DiscoveredHub[]) => void,
  { onError = console.error, ...filter }: WatchOptions = {},
): () => void {
  const watch = new HubWatch({
    ...filter,
    onChange: hubs => {
      try {
        onChange([...hubs])
      } catch (error) {
        onError(error)
      }
    },
    onProblem: problem => {
      if (problem !== null) onError(problem)
    },
  })
  return () => void watch.close()
}
