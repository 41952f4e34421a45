import type * as z from 'zod'
import { rtbridgeError } from '../../domain/errors/registry.ts'
import { compileSubscription, toSubscriptionSpec } from '../../hub/matching/subscription.ts'
import { clientSchemas } from '../../protocol/client-schemas.ts'
import type { RegisterData } from '../../protocol/messages.ts'
import { nestsDeeperThan } from '../../protocol/nesting-depth.ts'
import type { FrameLimits } from '../../protocol/read-client-message.ts'
import { checkParameters, filterParameters, readOne, readSubscription } from '../query.ts'

/** Parameters that describe the one subscription of a stream that names no others. */
const singleParameters: readonly string[] = [...filterParameters, 'conflate_ms']

/** Parameters of `GET /events`; `ticket` and `token` tell who asks. */
export const eventsParameters: readonly string[] = [
  ...singleParameters,
  'subscriptions',
  'last_event_id',
  'app_name',
  'client_id',
  'ticket',
  'token',
]

export interface EventsQueryOptions {
  /**
   * The `Last-Event-ID` header: a browser that comes back sends it with the URL of the first time, so it counts more than
   * `last_event_id`.
   */
  readonly lastEventId: string | undefined
  /** What bounds the subscriptions of a `register`. */
  readonly limits: Pick<FrameLimits, 'maxDepth' | 'maxWhereLength'>
}

/**
 * What a request for the event stream asks for, as if it had sent `register`. What is wrong with a subscription is found
 * here, before the answer begins: a stream could only tell, and end.
 *
 * @throws RTB_QUERY_UNKNOWN RTB_QUERY_INVALID RTB_SUBSCRIPTION_WHERE RTB_SUBSCRIPTION_DUPLICATE
 */
export function readEventsQuery(
  query: URLSearchParams,
  { lastEventId, limits }: EventsQueryOptions,
): RegisterData {
  checkParameters(query, eventsParameters)
  const inUrl = readOne(query, 'last_event_id')
  const resume = lastEventId === undefined || lastEventId === '' ? inUrl : lastEventId
  const found = clientSchemas.register.safeParse({
    app_name: readOne(query, 'app_name') ?? 'event stream',
    client_id: readOne(query, 'client_id'),
    resume,
    subscriptions: readSubscriptions(query, limits.maxDepth),
  })
  if (!found.success) throw invalidValue(found.error.issues[0])
  checkSubscriptions(found.data, limits.maxWhereLength)
  return found.data
}

/** The list of `subscriptions`, not checked yet, or the one that the other parameters describe. */
function readSubscriptions(query: URLSearchParams, maxDepth: number): unknown {
  const parameter = 'subscriptions'
  const text = readOne(query, parameter)
  if (text === undefined) return [readSubscription(query)]
  const beside = singleParameters.find(name => query.has(name))
  const invalid = (problem: string) => rtbridgeError('RTB_QUERY_INVALID', { parameter, problem })
  if (beside !== undefined) throw invalid(`cannot stand beside ${beside}, which belongs into its entries`)
  if (nestsDeeperThan(text, maxDepth)) throw invalid(`nests deeper than ${maxDepth} levels`)
  try {
    return JSON.parse(text)
  } catch {
    throw invalid('is not JSON')
  }
}

function checkSubscriptions({ subscriptions = [] }: RegisterData, maxWhereLength: number): void {
  const ids = new Set<string>()
  for (const [index, request] of subscriptions.entries()) {
    if (ids.has(request.id)) throw rtbridgeError('RTB_SUBSCRIPTION_DUPLICATE', { id: request.id })
    ids.add(request.id)
    if ((request.where?.length ?? 0) > maxWhereLength) {
      const problem = `is longer than ${maxWhereLength} characters (limits.filter_length)`
      throw rtbridgeError('RTB_QUERY_INVALID', { parameter: `where of subscription ${index + 1}`, problem })
    }
    compileSubscription(toSubscriptionSpec(request))
  }
}

function invalidValue(issue: z.core.$ZodIssue | undefined) {
  const parameter = (issue?.path ?? ['the query']).map(String).join('.')
  return rtbridgeError('RTB_QUERY_INVALID', { parameter, problem: issue?.message ?? 'is not valid' })
}
