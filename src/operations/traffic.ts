import type { Change } from '../domain/change.ts'
import { tableLabel } from '../domain/change.ts'
import type { Event } from '../domain/event.ts'
import { otherLabel, type PairCount, PairTally } from './pair-tally.ts'

/** Live changes of a table, by operation; no table for what was published. */
export interface ChangeCount {
  readonly table: string
  readonly op: string
  readonly count: number
  /** When the last one was written, RFC 3339. */
  readonly last_at: string | null
}

/** Live events of a table, by type; no table for what was published. */
export interface EventCount {
  readonly table: string
  readonly event_type: string
  readonly count: number
  /** When the change behind the last one was written, RFC 3339. */
  readonly last_at: string | null
}

/** Pairs of table and type that are told apart. */
const maxPairs = 20_000
/** Of these, health and the metrics tell so many: every one is a time series for whoever stores them. */
const mostTold = 1_000

/**
 * Counts what the live stream brings, by table and type; replays of the same must not come here. Names come from the
 * database's catalogue and from the configuration only: the name of a published event that no rule makes is its
 * sender's, and counts as `other`.
 */
export class Traffic {
  #eventTypes: ReadonlySet<string>
  readonly #changes = new PairTally(maxPairs)
  readonly #events = new PairTally(maxPairs)

  /** @param eventTypes the types of the configuration's rules */
  constructor(eventTypes: Iterable<string>) {
    this.#eventTypes = new Set(eventTypes)
  }

  /** Other rules are in force. What was counted stays. */
  useTypes(eventTypes: Iterable<string>): void {
    this.#eventTypes = new Set(eventTypes)
  }

  /** Counts one live batch. */
  count(changes: readonly Change[], events: readonly Event[]): void {
    for (const { table, op, at } of changes) {
      this.#changes.add(table.id === 0 ? '' : tableLabel(table), op, at)
    }
    for (const { kind, table, eventType, at } of events) {
      const isNamed = kind !== 'published' || this.#eventTypes.has(eventType)
      this.#events.add(table ?? '', isNamed ? eventType : otherLabel, at)
    }
  }

  /** For health and the metrics. */
  get told(): { readonly changes: readonly ChangeCount[]; readonly events: readonly EventCount[] } {
    return { changes: this.changes(mostTold), events: this.events(mostTold) }
  }

  /** @param most tells so many pairs apart; default all */
  changes(most?: number): readonly ChangeCount[] {
    const tell = ({ first, second, count, lastAt }: PairCount) => ({
      table: first,
      op: second,
      count,
      last_at: lastAt,
    })
    return this.#changes.list(most).map(tell)
  }

  /** @param most tells so many pairs apart; default all */
  events(most?: number): readonly EventCount[] {
    const tell = ({ first, second, count, lastAt }: PairCount) => ({
      table: first,
      event_type: second,
      count,
      last_at: lastAt,
    })
    return this.#events.list(most).map(tell)
  }
}
