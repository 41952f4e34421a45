import type { Client } from '../../client/create-client.ts'
import { useRtbridge } from './rtbridge-provider.ts'

/** The client of the nearest `RtbridgeProvider`: for what is done, not shown, such as `publish`. */
export function useClient(): Client {
  return useRtbridge().client
}
