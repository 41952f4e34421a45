import { tableLabel } from '../domain/change.ts'
import type { TableRule } from '../domain/rule.ts'
import { formatLocation } from '../domain/rule.ts'
import { latest } from './pair-tally.ts'
import type { RuleFailureCount } from './rule-failures.ts'
import type { Traffic } from './traffic.ts'

export interface TableSources {
  /** Tables that are captured, whether changes came or not. */
  readonly tables: Iterable<{ readonly schema: string; readonly name: string }>
  readonly rules: readonly TableRule[]
  readonly failures: readonly RuleFailureCount[]
  readonly traffic: Pick<Traffic, 'changes' | 'events'>
}

/** Counts that belong together. */
interface Sum {
  readonly count: number
  /** Of the last one, RFC 3339; null before the first. */
  readonly lastAt: string | null
}

const none: Sum = { count: 0, lastAt: null }

/** The answer of `GET /api/tables`: what is captured and made of it, with what was counted since the hub started. */
export function describeTables({ tables, rules, failures, traffic }: TableSources): object {
  // What was published has no table, and belongs to no rule.
  const ofTables = <Count extends { readonly table: string }>(counts: readonly Count[]) =>
    counts.filter(({ table }) => table !== '')
  const changes = sumBy(ofTables(traffic.changes()), ({ table }) => table)
  const events = sumBy(ofTables(traffic.events()), ({ table }) => table)
  const made = sumBy(ofTables(traffic.events()), ({ event_type: type }) => type)
  const labels = new Set([...[...tables].map(tableLabel), ...changes.keys()])
  return {
    tables: [...labels].sort().map(table => ({
      table,
      channel: rules.find(({ pattern }) => pattern === table)?.channel ?? null,
      changes: (changes.get(table) ?? none).count,
      events: (events.get(table) ?? none).count,
      last_at: (changes.get(table) ?? none).lastAt,
    })),
    rules: rules.flatMap(({ pattern, events: own }) =>
      own.map(rule => {
        const failed = failures.filter(({ eventType }) => eventType === rule.eventType)
        const { count, lastAt } = made.get(rule.eventType) ?? none
        return {
          event_type: rule.eventType,
          table: pattern,
          on: rule.on,
          when: rule.when,
          rooms: rule.rooms ?? [],
          source: formatLocation(rule.location),
          events: count,
          last_at: lastAt,
          failures: failed.reduce((sum, failure) => sum + failure.count, 0),
          last_failure: failed.at(-1)?.message ?? null,
        }
      }),
    ),
  }
}

function sumBy<Count extends { readonly count: number; readonly last_at: string | null }>(
  counts: readonly Count[],
  keyOf: (count: Count) => string,
): ReadonlyMap<string, Sum> {
  const sums = new Map<string, Sum>()
  for (const each of counts) {
    const { count, lastAt } = sums.get(keyOf(each)) ?? none
    sums.set(keyOf(each), { count: count + each.count, lastAt: latest(lastAt, each.last_at) })
  }
  return sums
}
