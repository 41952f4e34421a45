import type { Session } from '../database/session.ts'
import { readSql } from '../database/sql-file.ts'
import { type Change, isCanary } from '../domain/change.ts'
import { CursorGap } from '../domain/cursor.ts'
import { parseSnapshot, type Snapshot, snapshotXmin } from '../domain/snapshot.ts'
import { toChange } from './change-row.ts'
import { readPieces } from './journal-pieces.ts'
import type { TableRegistry } from './table-registry.ts'

/** A piece of what became visible since a snapshot. */
export interface ReadPiece {
  readonly changes: readonly Change[]
  /** Changes of the canary, which are given to nobody. */
  readonly canaries: readonly Change[]
  /** The snapshot of the whole read: where the next one continues. */
  readonly upTo: Snapshot
  /** True when nothing of this read follows. */
  readonly last: boolean
  /** Rows whose table is not registered: nothing can be said about them. */
  readonly unknownRows: number
}

export interface ReadOptions {
  readonly session: Session
  readonly registry: TableRegistry
  /** The journal that `since` speaks of. */
  readonly journalOid: string
  /** Runs statements while the session streams. */
  readonly query: Session['query']
  /** Forces the WAL to disk. Null leaves the fence out, which only its own test may do. */
  readonly flushWal: (() => Promise<void>) | null
}

/**
 * Reads what became visible since `since`, in order, in pieces of bounded size. Nothing is returned before it is durable:
 * when the WAL up to the read is not yet on disk and there is something to deliver, it is flushed first. A read that
 * found nothing and is not yet durable returns no piece, so that its snapshot is not used.
 *
 * @see https://www.postgresql.org/docs/current/wal-async-commit.html for what a crash may undo
 * @throws CursorGap `retention` when rows that came after `since` were pruned meanwhile, `incarnation` when this is
 *   another journal
 * @throws RTB_DATABASE_*
 */
export async function* readJournal(since: Snapshot, options: ReadOptions): AsyncGenerator<ReadPiece> {
  const { session, registry, journalOid, query, flushWal } = options
  const stream = session.stream(readSql('query/read_journal.sql'), [
    since.xmax.toString(),
    xidArray(since.xip),
  ])
  let upTo: Snapshot | null = null
  for await (const piece of readPieces(stream)) {
    let rows = piece.rows
    if (upTo === null) {
      const [header, ...rest] = rows
      if (header?.['journal_oid'] !== journalOid) throw new CursorGap('incarnation')
      if (BigInt(header?.['pruned_xid'] ?? '0') >= snapshotXmin(since)) throw new CursorGap('retention')
      upTo = parseSnapshot(header?.['snapshot'] ?? '')
      const durable = header?.['flushed'] === 't' || flushWal === null
      if (!durable && rest.length === 0) return
      if (!durable) await flushWal()
      rows = rest
    }
    await registry.cover(idsOf(rows), query)
    const known = rows.map(row => toChange(row, registry.tables)).filter(change => change !== null)
    const canaries = known.filter(({ table }) => isCanary(table))
    const changes = canaries.length === 0 ? known : known.filter(({ table }) => !isCanary(table))
    yield { changes, canaries, upTo, last: piece.last, unknownRows: rows.length - known.length }
  }
}

/** A list of transaction ids as PostgreSQL's array literal. */
export function xidArray(xids: readonly bigint[]): string {
  return `{${xids.join(',')}}`
}

function* idsOf(
  rows: readonly Readonly<Record<string, string | null>>[],
): Generator<string | null | undefined> {
  for (const row of rows) yield row['table_id']
}
