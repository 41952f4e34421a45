import { useEffect, useMemo } from 'react'
import type { ClientEvent } from '../../client/api/client-event.ts'
import type { EventHandler, Filter } from '../../client/subscriptions/filter.ts'
import type { Subscription } from '../../client/subscriptions/subscription.ts'
import { useRtbridge } from '../provider/rtbridge-provider.ts'
import { contentKey } from '../sources/content-key.ts'
import type { EventChoice } from '../sources/event-choice.ts'
import { filterOf } from '../sources/event-choice.ts'
import { Holding } from '../sources/holding.ts'
import { useNewest } from './use-newest.ts'

/**
 * Calls a handler for each event while the component is there.
 * @param choice which events
 * @param handler may be another one in each render: the newest is called. What it throws goes to `onError` of the client
 */
export function useEvent(choice: EventChoice, handler: EventHandler<ClientEvent>): void {
  const { client, releaseMs } = useRtbridge()
  const newest = useNewest(handler)
  const filter = filterOf(choice)
  const key = filter && contentKey(filter)
  // Of its own for each component, so that one with `since` gets its past; at the hub the client makes equal ones one.
  const holding = useMemo(() => {
    if (key === null) return null
    const own: Holding<Subscription> = new Holding(() =>
      client.subscribe(JSON.parse(key) as Filter, event => (own.isHeld ? newest.current(event) : undefined)),
    )
    return own
  }, [client, key, newest])
  useEffect(() => holding?.hold(releaseMs), [holding, releaseMs])
}
