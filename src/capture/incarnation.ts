import { createHash, randomBytes } from 'node:crypto'
import type { Session } from '../database/session.ts'
import { readSql } from '../database/sql-file.ts'
import type { TextRow } from '../database/text-values.ts'
import { parseSnapshot, type Snapshot } from '../domain/snapshot.ts'

/** The history a session is in, and where it stands. */
export interface DatabaseHistory {
  /** 16 hex digits; cursors carry it. */
  readonly incarnation: string
  /** A moment of this history, not yet known to be durable. */
  readonly snapshot: Snapshot
  /** True when this session was the first to meet this history and sealed the journal of the one before. */
  readonly adopted: boolean
}

const identity = ['system_identifier', 'timeline', 'database_oid', 'journal_oid'] as const

/**
 * Finds out which history the database is in. When it is not the recorded one (a dump restored, a standby promoted, a
 * recovery to a point in time), the rows of the old history are sealed and the new one is recorded, once among all hubs.
 *
 * @throws RTB_DATABASE_STANDBY and other RTB_DATABASE_*
 */
export async function identifyHistory(session: Session): Promise<DatabaseHistory> {
  const row = await identify(session)
  if (identity.every(name => row[name] === row[`recorded_${name}`]))
    return { ...historyOf(row), adopted: false }
  const adopted = await adopt(session)
  return { ...historyOf(await identify(session)), adopted }
}

async function identify(session: Session): Promise<TextRow> {
  const [row] = await session.query(readSql('query/identify_database.sql'))
  return row ?? {}
}

function adopt(session: Session): Promise<boolean> {
  return session.transaction(async query => {
    const adopted = await query(readSql('query/adopt_history.sql'), [randomBytes(8).toString('hex')])
    if (adopted.length > 0) await query(readSql('query/seal_journal.sql'))
    return adopted.length > 0
  })
}

function historyOf(row: TextRow): Omit<DatabaseHistory, 'adopted'> {
  const parts = ['install_id', ...identity].map(name => row[name] ?? '')
  return {
    incarnation: createHash('sha256').update(parts.join('/')).digest('hex').slice(0, 16),
    snapshot: parseSnapshot(row['snapshot'] ?? ''),
  }
}
