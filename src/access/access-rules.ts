import type { CapturedTable } from '../domain/change.ts'
import type { Event } from '../domain/event.ts'
import type { TableView } from '../domain/table-rows.ts'
import type { Identity } from './identity.ts'

/**
 * What somebody sees of a change he may see. Each side has its own columns: a row that changes can come under another
 * rule.
 */
export interface Sight {
  /** Columns hidden of the row before; null: it is not his to see, and the event is how the row came in. */
  readonly before: readonly string[] | null
  /** Columns hidden of the row after; null: he gets the key only, and the event is how the row went out. */
  readonly after: readonly string[] | null
}

/** What decides who may see an event. */
export type JudgedEvent = Pick<Event, 'kind' | 'eventType' | 'change' | 'data'>

/** What is configured about who may see and do what. Anything that fails denies. */
export interface AccessRules {
  /** Identities with the same key see the same of every event, and may do the same. */
  keyOf(identity: Identity): string
  /**
   * `all` when nothing is kept from him, null when he sees nothing of it. Rooms and roles of the event are not looked at.
   * Equal sights are the same object.
   */
  see(identity: Identity, event: JudgedEvent): Sight | 'all' | null
  /** What he may know of a table without looking at a row; null when he sees none of its rows. */
  viewTable(identity: Identity, table: Pick<CapturedTable, 'schema' | 'name'>): TableView | null
  /** Whether he may send a custom event, to a room or, with null, to everybody. */
  mayPublish(identity: Identity, event: { readonly eventType: string; readonly room: string | null }): boolean
  /** Whether he may join a room. It may have to ask the database. */
  mayJoin(identity: Identity, room: string): Promise<boolean>
  /** Rooms he is in without asking. */
  roomsOf(identity: Identity): readonly string[]
}

/** Every row is seen, whole. */
export const wholeTable: TableView = { hidden: [], partlyHidden: [], isWhole: true }

/** Nothing is kept from anybody. */
export const openAccess: AccessRules = {
  keyOf: ({ roles }) => JSON.stringify([...roles].sort()),
  see: () => 'all',
  viewTable: () => wholeTable,
  mayPublish: () => true,
  mayJoin: () => Promise.resolve(true),
  roomsOf: () => [],
}
