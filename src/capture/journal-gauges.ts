import type { Session } from '../database/session.ts'
import { readSql } from '../database/sql-file.ts'
import type { JournalGauges } from '../domain/journal-gauges.ts'

/** Measures the journal. @throws RTB_DATABASE_* */
export async function readJournalGauges({ query }: Pick<Session, 'query'>): Promise<JournalGauges> {
  const [row = {}] = await query(readSql('query/read_journal_status.sql'))
  return {
    rows: Number(row['rows']),
    bytes: Number(row['bytes']),
    liveBytes: Number(row['live_bytes']),
    keepMs: Number(row['keep_ms']),
    maxBytes: Number(row['max_bytes']),
    oldest: row['oldest'] ?? null,
    resumableSince: row['resumable_since'] ?? '',
    measuredAt: row['measured_at'] ?? '',
  }
}
