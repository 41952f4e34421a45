import type { AnySchema, EventName, SchemaShape, TableFilter } from '../api/schema.ts'

/** What a subscription selects. Lists are OR inside and AND between; a missing or empty list is no restriction. */
export interface Filter<S extends SchemaShape = AnySchema, Name extends string = EventName<S>> {
  /** Types, with `*` and `?`. */
  readonly events?: Name | readonly Name[] | undefined
  /** Tables, with `*` and `?`. */
  readonly tables?: TableFilter<S> | readonly TableFilter<S>[] | undefined
  readonly channels?: string | readonly string[] | undefined
  /** Only events addressed to one of these rooms; the client becomes a member of them. */
  readonly rooms?: string | readonly string[] | undefined
  /** CEL over the row. */
  readonly where?: string | undefined
  /** Also what came after this cursor. */
  readonly since?: string | undefined
  /** Only the newest event of each row, at most once in this time, ms. */
  readonly conflateMs?: number | undefined
}

/** What it throws, or rejects with, goes to `onError`. */
export type EventHandler<Event> = (event: Event) => unknown
