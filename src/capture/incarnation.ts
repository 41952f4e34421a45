import { createHash, randomBytes } from 'node:crypto'
import type { Session } from '../database/session.ts'
import { readSql } from '../database/sql-file.ts'
import type { TextRow } from '../database/text-values.ts'
import { parseSnapshot, type Snapshot } from '../domain/snapshot.ts'

/** The history a session is in, and where it stands. */
export interface DatabaseHistory {
  /** 16 hex digits, of the history and of this run of the server; cursors carry it. */
  readonly incarnation: string
  /** Of the table that holds the journal. */
  readonly journalOid: string
  /** A moment of this history, not yet known to be durable. */
  readonly snapshot: Snapshot
  /** True when this session was the first to meet this history and sealed the journal of the one before. */
  readonly adopted: boolean
}

const identity = ['system_identifier', 'timeline', 'database_oid', 'journal_oid'] as const
/** Cursors of earlier runs are answered with a gap: far more starts than there are within retention. */
const keptRuns = 500

/**
 * Finds out which history the database is in. When it is not the recorded one (a dump restored, a standby promoted, a
 * recovery to a point in time), the rows of the old history are sealed and the new one is recorded, once among all hubs.
 * A run of the server that no hub has seen yet is recorded, too (sql/install/0008). The caller flushes before it gives
 * out a cursor.
 *
 * @throws RTB_DATABASE_STANDBY and other RTB_DATABASE_*
 */
export async function identifyHistory(session: Session): Promise<DatabaseHistory> {
  let row = await identify(session)
  let adopted = false
  if (identity.some(name => row[name] !== row[`recorded_${name}`])) {
    adopted = await adopt(session)
    row = await identify(session)
  }
  if (row['server_run_goes_on'] !== 't') {
    await beginServerRun(session, row['server_run'] ?? null)
    row = await identify(session)
  }
  const snapshot = parseSnapshot(row['snapshot'] ?? '')
  return { incarnation: incarnationOf(row), journalOid: row['journal_oid'] ?? '', snapshot, adopted }
}

/**
 * Records a new run of the server, unless another hub did it first: cursors of the one before are then good only up to
 * where it begins.
 * @param after id of the last known run, null when there was none
 * @throws RTB_DATABASE_*
 */
export async function beginServerRun(session: Session, after: string | null): Promise<void> {
  await session.transaction(async query => {
    await query(readSql('query/lock_installation.sql'))
    const row = await identify({ query })
    if ((row['server_run'] ?? null) !== after) return
    await query(readSql('query/begin_server_run.sql'), [randomBytes(4).toString('hex')])
    await query(readSql('query/forget_server_runs.sql'), [keptRuns])
  })
}

async function identify({ query }: Pick<Session, 'query'>): Promise<TextRow> {
  const [row] = await query(readSql('query/identify_database.sql'))
  return row ?? {}
}

function adopt(session: Session): Promise<boolean> {
  return session.transaction(async query => {
    const adopted = await query(readSql('query/adopt_history.sql'), [randomBytes(8).toString('hex')])
    if (adopted.length > 0) await query(readSql('query/seal_journal.sql'))
    return adopted.length > 0
  })
}

/** The incarnation that the columns of sql/query/identify_database.sql name. */
export function incarnationOf(row: TextRow): string {
  const parts = ['install_id', ...identity].map(name => row[name] ?? '')
  const history = createHash('sha256').update(parts.join('/')).digest('hex').slice(0, 8)
  return `${history}${row['server_run'] ?? ''}`
}
