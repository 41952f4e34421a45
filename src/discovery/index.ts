/** `rtbridge/discover`: finds hubs on the local network by multicast DNS. For Node and Electron's main process. */
export { type ErrorCode, RtbridgeError } from '../domain/errors/registry.ts'
export { type DiscoverOptions, discoverHubs } from './discover-hubs.ts'
export type { DiscoveredHub, HubFilter } from './discovered-hub.ts'
export { type WatchOptions, watchHubs } from './watch-hubs.ts'
