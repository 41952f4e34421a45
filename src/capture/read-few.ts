import { readSql } from '../database/sql-file.ts'
import { parseSnapshot, type Snapshot, snapshotXmin } from '../domain/snapshot.ts'
import type { JournalRow } from './change-row.ts'
import { fewBytes, fewRows } from './piece-size.ts'
import { checkHeader, checkWhole, settle } from './read-header.ts'
import { type ReadOptions, type ReadPiece, toPiece } from './read-piece.ts'
import { xidArray } from './xid-array.ts'

/**
 * Reads what became visible since a snapshot in one exchange with the server, where it is little.
 * @returns all of it as one piece; `many` when it is more than `fewRows`, or weighs `fewBytes`; null when nothing was found
 *   and that is not durable yet
 * @throws CursorGap, RTB_DATABASE_*
 */
export async function readFew(since: Snapshot, options: ReadOptions): Promise<ReadPiece | 'many' | null> {
  const { session, journalOid, onQueue } = options
  const rows = await session.queryLight(fewBytes, readSql('query/read_few.sql'), [
    since.xmax.toString(),
    xidArray(since.xip),
    String(fewRows + 1),
    String(onQueue !== undefined),
  ])
  if (rows === null) return 'many'
  const [header] = rows
  checkHeader(header, snapshotXmin(since), journalOid)
  checkWhole(header, since)
  onQueue?.(header?.['queue_crowded'] === 't')
  if (rows.length > fewRows) return 'many'
  const found = header?.['seq'] == null ? [] : inOrder(rows)
  if (!(await settle(header, found.length > 0, options))) return null
  return toPiece(found, { snapshot: parseSnapshot(header?.['snapshot'] ?? ''), inBatch: null }, options)
}

function inOrder(rows: readonly JournalRow[]): readonly JournalRow[] {
  if (rows.length < 2) return rows
  const seqOf = (row: JournalRow) => BigInt(row['seq'] ?? '0')
  return rows.toSorted((a, b) => (seqOf(a) < seqOf(b) ? -1 : 1))
}
