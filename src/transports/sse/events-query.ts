import { clientSchemas } from '../../protocol/client-schemas.ts'
import type { RegisterData } from '../../protocol/messages.ts'
import { checkParameters, filterParameters, invalidParameter, readOne, readSubscription } from '../query.ts'

/** Parameters of `GET /events`; `ticket` and `token` tell who asks. */
export const eventsParameters: readonly string[] = [
  ...filterParameters,
  'conflate_ms',
  'last_event_id',
  'app_name',
  'client_id',
  'ticket',
  'token',
]

/**
 * What a request for the event stream asks for, as if it had sent `register`.
 * @param lastEventId the `Last-Event-ID` header: a browser that comes back sends it with the URL of the first time, so
 *   it counts more than `last_event_id`
 * @throws RTB_QUERY_UNKNOWN RTB_QUERY_INVALID RTB_SUBSCRIPTION_WHERE
 */
export function readEventsQuery(query: URLSearchParams, lastEventId: string | undefined): RegisterData {
  checkParameters(query, eventsParameters)
  const inUrl = readOne(query, 'last_event_id')
  const resume = lastEventId === undefined || lastEventId === '' ? inUrl : lastEventId
  const found = clientSchemas.register.safeParse({
    app_name: readOne(query, 'app_name') ?? 'event stream',
    client_id: readOne(query, 'client_id'),
    resume,
    subscriptions: [readSubscription(query)],
  })
  if (!found.success) throw invalidParameter(found.error.issues[0])
  return found.data
}
