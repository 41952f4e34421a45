import { closestWord } from '../domain/closest-word.ts'
import { rtbridgeError } from '../domain/errors/registry.ts'
import { compileSubscription, toSubscriptionSpec } from '../hub/matching/subscription.ts'
import { subscriptionSchema } from '../protocol/client-schemas.ts'
import type { SubscriptionRequest } from '../protocol/messages.ts'

/** Parameters that select events; lists are repeated, or have commas between their entries. */
export const filterParameters = ['events', 'tables', 'channels', 'rooms', 'where'] as const

/** The query of a request. */
export function queryOf(url: string | undefined): URLSearchParams {
  const text = url ?? ''
  const start = text.indexOf('?')
  return new URLSearchParams(start === -1 ? '' : text.slice(start + 1))
}

/** @throws RTB_QUERY_UNKNOWN for the first parameter that is not one of `known` */
export function checkParameters(query: URLSearchParams, known: readonly string[]): void {
  for (const parameter of query.keys()) {
    if (known.includes(parameter)) continue
    throw rtbridgeError('RTB_QUERY_UNKNOWN', { parameter, suggestion: closestWord(parameter, known) })
  }
}

/**
 * The value of a parameter that may be there once; an empty one counts as missing.
 * @throws RTB_QUERY_INVALID
 */
export function readOne(query: URLSearchParams, parameter: string): string | undefined {
  const [value = '', ...more] = query.getAll(parameter)
  if (more.length > 0) throw rtbridgeError('RTB_QUERY_INVALID', { parameter, problem: 'is there twice' })
  return value === '' ? undefined : value
}

/** @throws RTB_QUERY_INVALID */
export function readInteger(
  query: URLSearchParams,
  parameter: string,
  { min, max }: { readonly min: number; readonly max: number },
): number | undefined {
  const text = readOne(query, parameter)
  if (text === undefined) return undefined
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw rtbridgeError('RTB_QUERY_INVALID', { parameter, problem: `is no whole number from ${min} to ${max}` })
}

/**
 * The one subscription that a query describes.
 * @throws RTB_QUERY_INVALID RTB_SUBSCRIPTION_WHERE
 */
export function readSubscription(query: URLSearchParams): SubscriptionRequest {
  const conflateMs = readInteger(query, 'conflate_ms', { min: 0, max: 999_999_999 })
  const found = subscriptionSchema.safeParse({
    id: 'default',
    events: readList(query, 'events'),
    tables: readList(query, 'tables'),
    channels: readList(query, 'channels'),
    rooms: readList(query, 'rooms'),
    where: readOne(query, 'where'),
    ...(conflateMs === undefined ? {} : { conflate_ms: conflateMs }),
  })
  if (!found.success) throw invalidParameter(found.error.issues[0])
  // Before the answer begins: a stream could only tell, and end.
  compileSubscription(toSubscriptionSpec(found.data))
  return found.data
}

/** What a check of values says of the parameter it is about. */
export function invalidParameter(
  issue: { readonly path: readonly PropertyKey[]; readonly message: string } | undefined,
) {
  const parameter = String(issue?.path.find(part => typeof part === 'string') ?? 'the query')
  return rtbridgeError('RTB_QUERY_INVALID', { parameter, problem: issue?.message ?? 'is not valid' })
}

function readList(query: URLSearchParams, parameter: string): string[] {
  return query
    .getAll(parameter)
    .flatMap(value => value.split(','))
    .map(entry => entry.trim())
    .filter(entry => entry !== '')
}
