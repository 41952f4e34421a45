import { useEffect } from 'react'
import { useRtbridge } from '../provider/rtbridge-provider.ts'
import { useNewest } from './use-newest.ts'

/**
 * Calls a handler at each checkpoint: what came so far equals the database at its cursor. For state of one's own that must not
 * show half a transaction; live tables wait for it themselves.
 * @param handler may be another one in each render: the newest is called
 */
export function useCheckpoint(handler: (cursor: string) => void): void {
  const { client } = useRtbridge()
  const newest = useNewest(handler)
  useEffect(() => client.onCheckpoint(cursor => newest.current(cursor)), [client, newest])
}
