import { readSql } from '../database/sql-file.ts'
import { parseSnapshot, type Snapshot, snapshotXmin } from '../domain/snapshot.ts'
import { readPieces } from './journal-pieces.ts'
import { checkHeader, checkWhole, settle } from './read-header.ts'
import { type ReadOptions, type ReadPiece, toPiece } from './read-piece.ts'
import { xidArray } from './xid-array.ts'

/**
 * Reads what became visible since a snapshot in one statement.
 * @param mostRows when there are more nothing is read; null = no limit
 * @returns true when there are more
 * @throws CursorGap, RTB_DATABASE_*
 */
export async function* readAtOnce(
  since: Snapshot,
  options: ReadOptions,
  mostRows: number | null,
): AsyncGenerator<ReadPiece, boolean> {
  const { session, journalOid, onQueue } = options
  const sql = readSql('query/read_journal.sql')
  const values = [
    since.xmax.toString(),
    xidArray(since.xip),
    mostRows === null ? null : String(mostRows + 1),
    String(onQueue !== undefined),
  ]
  let upTo: Snapshot | null = null
  for await (const { rows, last } of readPieces(session.stream(sql, values))) {
    let found = rows
    if (upTo === null) {
      const [header, ...rest] = rows
      checkHeader(header, snapshotXmin(since), journalOid)
      checkWhole(header, since)
      onQueue?.(header?.['queue_crowded'] === 't')
      if (header?.['crowded'] === 't') return true
      if (!(await settle(header, rest.length > 0, options))) return false
      upTo = parseSnapshot(header?.['snapshot'] ?? '')
      found = rest
    }
    const seq = found.at(-1)?.['seq']
    if (last) yield await toPiece(found, { snapshot: upTo, inBatch: null }, options)
    else if (seq != null)
      yield await toPiece(found, { snapshot: since, inBatch: { upTo, seq: BigInt(seq) } }, options)
  }
  return false
}
