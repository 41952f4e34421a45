import type { Change } from '../domain/change.ts'
import { tableLabel } from '../domain/change.ts'
import type { Event } from '../domain/event.ts'
import type { TableRule } from '../domain/rule.ts'
import { formatLocation } from '../domain/rule.ts'
import type { RuleFailureCount } from './rule-failures.ts'

interface Tally {
  readonly count: number
  /** Of the last one, RFC 3339. */
  readonly lastAt: string
}

/** What the tally is told of. */
export interface TallySources {
  /** Tables that are captured, whether changes came or not. */
  readonly tables: Iterable<{ readonly schema: string; readonly name: string }>
  readonly rules: readonly TableRule[]
  readonly failures: readonly RuleFailureCount[]
}

/** Counts changes by table and events by table and type since the hub started. Bounded by the tables and rules there are. */
export class EventTally {
  readonly #changes = new Map<string, Tally>()
  readonly #events = new Map<string, Tally>()
  readonly #eventsOfTable = new Map<string, number>()

  /** Counts a batch of the live stream; replays of the same must not come here. */
  add(changes: readonly Change[], events: readonly Event[]): void {
    for (const { table, at } of changes) if (table.name !== '') count(this.#changes, tableLabel(table), at)
    for (const { table, eventType, kind, at } of events) {
      if (table === null) continue
      this.#eventsOfTable.set(table, (this.#eventsOfTable.get(table) ?? 0) + 1)
      if (kind === 'business') count(this.#events, eventType, at)
    }
  }

  /** The answer of `GET /api/tables`. */
  describe({ tables, rules, failures }: TallySources): object {
    const labels = new Set([...[...tables].map(tableLabel), ...this.#changes.keys()])
    return {
      tables: [...labels].sort().map(table => ({
        table,
        channel: rules.find(({ pattern }) => pattern === table)?.channel ?? null,
        changes: this.#changes.get(table)?.count ?? 0,
        events: this.#eventsOfTable.get(table) ?? 0,
        last_at: this.#changes.get(table)?.lastAt ?? null,
      })),
      rules: rules.flatMap(({ pattern, events }) =>
        events.map(rule => {
          const failed = failures.filter(({ eventType }) => eventType === rule.eventType)
          return {
            event_type: rule.eventType,
            table: pattern,
            on: rule.on,
            when: rule.when,
            rooms: rule.rooms ?? [],
            source: formatLocation(rule.location),
            events: this.#events.get(rule.eventType)?.count ?? 0,
            last_at: this.#events.get(rule.eventType)?.lastAt ?? null,
            failures: failed.reduce((sum, failure) => sum + failure.count, 0),
            last_failure: failed.at(-1)?.message ?? null,
          }
        }),
      ),
    }
  }
}

function count(tallies: Map<string, Tally>, name: string, at: string): void {
  tallies.set(name, { count: (tallies.get(name)?.count ?? 0) + 1, lastAt: at })
}
