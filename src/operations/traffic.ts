import type { Change } from '../domain/change.ts'
import { tableLabel } from '../domain/change.ts'
import type { Event } from '../domain/event.ts'
import { otherLabel, PairTally } from './pair-tally.ts'

/** Live changes of a table, by operation; no table for what was published. */
export interface ChangeCount {
  readonly table: string
  readonly op: string
  readonly count: number
}

/** Live events of a table, by type; no table for what was published. */
export interface EventCount {
  readonly table: string
  readonly event_type: string
  readonly count: number
}

/** Pairs of table and type that are told apart. */
const maxPairs = 1_000

/**
 * Counts what the live stream brings, by table and type. Names come from the database's catalogue and from the
 * configuration only: the name of a published event that no rule makes is its sender's, and counts as `other`.
 */
export class Traffic {
  readonly #eventTypes: ReadonlySet<string>
  readonly #changes = new PairTally(maxPairs)
  readonly #events = new PairTally(maxPairs)

  /** @param eventTypes the types of the configuration's rules */
  constructor(eventTypes: Iterable<string>) {
    this.#eventTypes = new Set(eventTypes)
  }

  /** Counts one live batch. */
  count(changes: readonly Change[], events: readonly Event[]): void {
    for (const { table, op } of changes) this.#changes.add(table.id === 0 ? '' : tableLabel(table), op)
    for (const { kind, table, eventType } of events) {
      const isNamed = kind !== 'published' || this.#eventTypes.has(eventType)
      this.#events.add(table ?? '', isNamed ? eventType : otherLabel)
    }
  }

  get changes(): readonly ChangeCount[] {
    return this.#changes.list().map(({ first, second, count }) => ({ table: first, op: second, count }))
  }

  get events(): readonly EventCount[] {
    return this.#events
      .list()
      .map(({ first, second, count }) => ({ table: first, event_type: second, count }))
  }
}
