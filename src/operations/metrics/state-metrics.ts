import type { Metric } from './metric.ts'
import { gauge, seconds, timestamp } from './metric.ts'

/** Whether the hub does its work, and what it is. */
export const stateMetrics: readonly Metric[] = [
  gauge(
    'build_info',
    'Always 1; the version of rtbridge, and the runtime it runs on',
    ({ hub_version }) => [{ labels: [hub_version, process.version], value: 1 }],
    ['version', 'node'],
  ),
  gauge('start_timestamp_seconds', 'When the hub was started', ({ started_at }) => timestamp(started_at)),
  gauge('live', '1 while clients get what the database commits, else 0', ({ state }) =>
    Number(state === 'live'),
  ),
  gauge(
    'stale_seconds',
    'For how long clients may have been missing changes; 0 while live',
    ({ stale_since }) =>
      stale_since === null ? 0 : Math.max(0, (Date.now() - Date.parse(stale_since)) / 1_000),
  ),
  gauge(
    'problem',
    '1 for each problem that health tells of, by its code',
    ({ problems, database }) => {
      const all = [...problems, database.error, database.warning].flatMap(problem => problem?.code ?? [])
      return [...new Set(all)].map(code => ({ labels: [code], value: 1 }))
    },
    ['code'],
  ),
  gauge('canary_age_seconds', 'Since the canary last came round', ({ canary }) => seconds(canary.age_ms)),
  gauge(
    'canary_round_trip_seconds',
    'From the write of the canary to its being read, the last time; by the clock of the hub alone',
    ({ canary }) => seconds(canary.round_trip_ms),
  ),
  gauge(
    'database_clock_offset_seconds',
    'How far the clock of the database is ahead of that of the hub; 0 while they may agree',
    ({ canary }) => seconds(canary.clock_offset_ms),
  ),
  gauge('other_hubs', 'Other hubs of the database that this one hears', ({ hubs }) => hubs.length),
  gauge('certificate_end_timestamp_seconds', 'When the certificate in use ends', ({ certificate_valid_to }) =>
    timestamp(certificate_valid_to),
  ),
]
