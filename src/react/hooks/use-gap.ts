import { useEffect } from 'react'
import type { Gap } from '../../client/subscriptions/subscription.ts'
import { useRtbridge } from '../provider/rtbridge-provider.ts'
import { useNewest } from './use-newest.ts'

/**
 * Calls a handler when events are missing: what was made of events has to be read anew. Live tables do it themselves, a log of
 * events has a hole.
 * @param handler may be another one in each render: the newest is called
 */
export function useGap(handler: (gap: Gap) => void): void {
  const { client } = useRtbridge()
  const newest = useNewest(handler)
  useEffect(() => client.onGap(gap => newest.current(gap)), [client, newest])
}
