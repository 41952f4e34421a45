import type { AnySchema, EventName, SchemaShape } from '../../client/api/schema.ts'
import type { Filter } from '../../client/subscriptions/filter.ts'

/**
 * Which events a hook is about: a type, a list of types, both with `*` and `?`, or a filter. Compared by content, so it may be
 * written inline. Null or undefined: none, for now.
 */
export type EventChoice<S extends SchemaShape = AnySchema, Name extends string = EventName<S>> =
  | Name
  | readonly Name[]
  | Filter<S, Name>
  | null
  | undefined

/** The filter that a choice means; null = nothing is wanted. */
export function filterOf(choice: EventChoice): Filter | null {
  if (choice === null || choice === undefined) return null
  return typeof choice === 'string' || isList(choice) ? { events: choice } : choice
}

function isList(choice: readonly string[] | Filter): choice is readonly string[] {
  return Array.isArray(choice)
}
