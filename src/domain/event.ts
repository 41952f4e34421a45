import type { Change, Operation } from './change.ts'

/**
 * What clients receive: a table event (INSERT, UPDATE, DELETE, TRUNCATE), a business event made by a rule, or a
 * published event. `data` and `oldData` are JSON text, spliced into frames as they are.
 */
export interface Event {
  /** The same for the same event on every hub and in every replay. */
  readonly eventId: string
  readonly eventType: string
  /** `table` = the change itself, `business` = made by a rule, `published` = no row behind it. */
  readonly kind: 'table' | 'business' | 'published'
  readonly op: Operation
  /** See `tableLabel`; null for published events. */
  readonly table: string | null
  /** The table's channel name; null when it has none. */
  readonly channel: string | null
  /** The row's key as text (several columns: a JSON array of texts); null without a key. */
  readonly id: string | null
  /** RFC 3339, UTC. */
  readonly at: string
  /** The row (new, or old for DELETE) or the rule's data: JSON text. */
  readonly data: string
  /** The row before, JSON text; only for an UPDATE whose data is the row. */
  readonly oldData: string | null
  readonly seq: string
  readonly tx: string
  readonly origin: string | null
  readonly truncated: boolean
  /** Only members of one of these rooms; null = not restricted by room. */
  readonly rooms: readonly string[] | null
  /** Only identities with one of these roles; null = not restricted by role. */
  readonly roles: readonly string[] | null
  /** A label for apps (for example to sort notifications); never changes the order of delivery. */
  readonly priority: Priority
  /** The change it came from: filters look at its rows. */
  readonly change: Change
  /** What a business event was made from; the others have none. */
  readonly reads?: EventReads
}

/** Which columns a business event tells of: `new.status`, or `new` alone where a whole row is used. */
export interface EventReads {
  /** Of its condition and its rooms: that it came at all says something of these. */
  readonly condition: readonly string[]
  /** Of each field of its data; null when the data is the row. */
  readonly fields: readonly (readonly [name: string, reads: readonly string[]])[] | null
}

export const priorities = ['low', 'normal', 'high', 'urgent'] as const
export type Priority = (typeof priorities)[number]
