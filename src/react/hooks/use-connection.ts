import { useCallback, useSyncExternalStore } from 'react'
import type { ConnectionStatus } from '../../client/connection/connection-status.ts'
import { useRtbridge } from '../provider/rtbridge-provider.ts'

/** On a server nothing connects. */
const serverStatus: ConnectionStatus = {
  state: 'idle',
  code: 'new',
  url: null,
  hubId: null,
  since: 0,
  stale: false,
  error: null,
}

/** What the connection is doing: `client.status`, as it changes. Opens no connection by itself. */
export function useConnection(): ConnectionStatus {
  const { client } = useRtbridge()
  const subscribe = useCallback((listener: () => void) => client.onStatus(listener), [client])
  return useSyncExternalStore(
    subscribe,
    () => client.status,
    () => serverStatus,
  )
}
