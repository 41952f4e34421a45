import { useEffect, useMemo } from 'react'
import type { ClientEvent } from '../client/client-event.ts'
import type { EventHandler, Filter, Subscription } from '../client/core-client.ts'
import { contentKey } from './content-key.ts'
import type { EventChoice } from './event-choice.ts'
import { filterOf } from './event-choice.ts'
import { Holding } from './holding.ts'
import { useRtbridge } from './rtbridge-provider.ts'
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
