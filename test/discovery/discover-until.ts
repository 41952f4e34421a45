import { type DiscoveredHub, type DiscoverOptions, discoverHubs } from '../../src/discovery/index.ts'
import { waitFor } from '../support/wait-for.ts'

/** Looks for hubs for a short time, again until so many were found: on a busy machine the first time may be too short. */
export function discoverUntil(
  count: number,
  options: DiscoverOptions = {},
): Promise<readonly DiscoveredHub[]> {
  return waitFor(async () => {
    const hubs = await discoverHubs({ timeoutMs: 300, ...options })
    return hubs.length === count && hubs
  })
}

/** Looks for hubs for a short time, again until it fails; returns the code of the error. */
export function failToDiscover(): Promise<string> {
  return waitFor(() =>
    discoverHubs({ timeoutMs: 100 }).then(
      () => '',
      error => String(error.code),
    ),
  )
}
