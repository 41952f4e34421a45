import { otherLabel } from '../pair-tally.ts'
import type { RuleFailureCount } from '../rule-failures.ts'
import { busOutcomes } from '../status-numbers.ts'
import type { Metric, Sample } from './metric.ts'
import { byLabel, counter } from './metric.ts'

/** Series of failing rules: rules of a glob may fail on very many tables. */
const maxFailingRules = 1_000

/** What went through the hub. */
export const trafficMetrics: readonly Metric[] = [
  counter(
    'changes',
    'Changes that were read live, by table and operation; PUBLISH has no table',
    ({ traffic }) => traffic.changes.map(({ table, op, count }) => ({ labels: [table, op], value: count })),
    ['table', 'op'],
  ),
  counter(
    'events',
    'Events made of live changes, by table and type; published ones that no rule names are `other`',
    ({ traffic }) =>
      traffic.events.map(({ table, event_type, count }) => ({ labels: [table, event_type], value: count })),
    ['table', 'event_type'],
  ),
  counter('batches', 'Batches of live events', ({ hub }) => hub.counters.batches),
  counter(
    'delivered',
    'Events handed to connections, counted per connection',
    ({ hub }) => hub.counters.delivered,
  ),
  counter(
    'conflated',
    'Events that a later one of their row replaced, counted per connection',
    ({ hub }) => hub.counters.conflated,
  ),
  counter(
    'rule_errors',
    'Times a rule failed on a row, replays included, by table, event type and field of the rule',
    ({ rule_failures }) => failingRules(rule_failures),
    ['table', 'event_type', 'field'],
  ),
  counter(
    'filter_errors',
    'Times a `where` of a client failed on a row',
    ({ hub }) => hub.counters.whereErrors,
  ),
  counter(
    'filters_overspent',
    'Times the filters of a connection took more work than they may',
    ({ hub }) => hub.counters.whereOverspent,
  ),
  counter('signals', 'Signals: custom events that were not durable', ({ hub }) => hub.counters.signals),
  counter(
    'signals_refused',
    'Signals that were refused: too many or too large',
    ({ hub }) => hub.counters.signalsRefused,
  ),
  counter(
    'bus_messages',
    'Messages between hubs, by what became of them',
    ({ signals }) => byLabel(Object.fromEntries(busOutcomes.map(outcome => [outcome, signals[outcome]]))),
    ['outcome'],
  ),
  counter('snapshots', 'Live tables whose rows have all been sent', ({ hub }) => hub.counters.snapshots),
  counter(
    'snapshot_rows',
    'Rows sent for live tables, counted per connection',
    ({ hub }) => hub.counters.snapshotRows,
  ),
  counter(
    'snapshot_reads',
    'Reads of tables for live tables, each for all clients that ask alike',
    ({ hub }) => hub.counters.snapshotReads,
  ),
]

function failingRules(failures: readonly RuleFailureCount[]): readonly Sample[] {
  const named = failures.slice(0, maxFailingRules)
  const rest = failures.slice(maxFailingRules).reduce((sum, { count }) => sum + count, 0)
  return [
    ...named.map(({ table, eventType, field, count }) => ({
      labels: [table, eventType, field],
      value: count,
    })),
    ...(rest === 0 ? [] : [{ labels: [otherLabel, otherLabel, otherLabel], value: rest }]),
  ]
}
