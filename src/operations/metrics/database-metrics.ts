import type { Metric } from './metric.ts'
import { counter, gauge, seconds, timestamp } from './metric.ts'

/** The database, the reads of its journal, and the doorbell. */
export const databaseMetrics: readonly Metric[] = [
  gauge('database_connected', '1 while the database is connected', ({ database }) =>
    Number(database.connected),
  ),
  gauge('database_pooled', '1 while it is reached through a connection pooler', ({ database }) =>
    Number(database.pooled),
  ),
  counter('database_reconnects', 'Times the database was connected again', ({ capture }) =>
    Math.max(0, (capture.connects ?? 0) - 1),
  ),
  counter(
    'database_failures',
    'Times the reader lost the database, or could not connect',
    ({ capture }) => capture.failures ?? 0,
  ),
  gauge('doorbell', '1 while the doorbell can be heard', ({ database }) => Number(database.doorbell)),
  gauge('doorbell_sentinel', '1 while this hub arms the doorbell', ({ database }) =>
    Number(database.sentinel),
  ),
  counter(
    'doorbell_heard',
    'Notifications of the doorbell that were heard',
    ({ capture }) => capture.bells ?? 0,
  ),
  counter('doorbell_rings', 'Times this hub rang for the other hubs', ({ capture }) => capture.rings ?? 0),
  counter('journal_reads', 'Reads of the journal by the reader', ({ capture }) => capture.reads ?? 0),
  counter(
    'journal_empty_reads',
    'Reads of the journal by the reader that found nothing',
    ({ capture }) => capture.emptyReads ?? 0,
  ),
  counter(
    'journal_flushes',
    'Times the reader made durable what it had read, before it handed it on',
    ({ capture }) => capture.flushes ?? 0,
  ),
  counter(
    'journal_unknown_rows',
    'Rows of the journal that no registered table explains',
    ({ capture }) => capture.unknownRows ?? 0,
  ),
  gauge(
    'journal_lag_seconds',
    'How far the reader may be behind the database; 0 while the doorbell would tell of anything new',
    ({ capture }) => seconds(capture.lagMs),
  ),
  gauge('journal_rows', 'Rows of the journal, an estimate', ({ journal }) => journal?.rows ?? null),
  gauge(
    'journal_bytes',
    'Size of the journal on disk, indexes and free space included',
    ({ journal }) => journal?.bytes ?? null,
  ),
  gauge(
    'journal_live_bytes',
    'What counts against the limit of the journal, an estimate',
    ({ journal }) => journal?.live_bytes ?? null,
  ),
  gauge(
    'journal_max_bytes',
    'The limit of the journal: `journal.max_size`',
    ({ journal }) => journal?.max_bytes ?? null,
  ),
  gauge('journal_keep_seconds', 'How long the journal keeps changes: `journal.retention`', ({ journal }) =>
    seconds(journal?.keep_ms ?? null),
  ),
  gauge('journal_oldest_timestamp_seconds', 'When the oldest row of the journal was written', ({ journal }) =>
    timestamp(journal?.oldest),
  ),
  gauge(
    'journal_resumable_since_timestamp_seconds',
    'Clients that were here last before that moment are answered `gap`',
    ({ journal }) => timestamp(journal?.resumable_since),
  ),
  gauge('journal_measured_timestamp_seconds', 'When the journal was looked at', ({ journal }) =>
    timestamp(journal?.measured_at),
  ),
]
