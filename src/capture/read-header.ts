import { CursorGap } from '../domain/cursor.ts'
import { type Snapshot, sees } from '../domain/snapshot.ts'
import type { JournalRow } from './change-row.ts'
import type { ReadOptions } from './read-piece.ts'

/**
 * Looks into the header of a read.
 * @param xmin oldest transaction that is read
 * @throws CursorGap
 */
export function checkHeader(header: JournalRow | undefined, xmin: bigint, journalOid: string): void {
  if (header?.['journal_oid'] !== journalOid) throw new CursorGap('incarnation')
  if (BigInt(header?.['lost_xid'] ?? '0') >= xmin) throw new CursorGap('retention')
}

/**
 * Looks into the header of a read for what no journal holds.
 * @param since everything that it sees was read before
 * @throws CursorGap `capture` when triggers were off for a while after it
 */
export function checkWhole(header: JournalRow | undefined, since: Snapshot): void {
  if (!sees(since, BigInt(header?.['whole_since_xid'] ?? '0'))) throw new CursorGap('capture')
}

/**
 * Waits until all that a read saw is on disk.
 * @returns false where nothing was found that is worth it: the read's snapshot must not be used then
 * @throws RTB_DATABASE_*
 */
export async function settle(
  header: JournalRow | undefined,
  hasFound: boolean,
  { flushWal, mustMove }: Pick<ReadOptions, 'flushWal' | 'mustMove'>,
): Promise<boolean> {
  if (header?.['flushed'] === 't' || flushWal === null) return true
  if (!hasFound && mustMove !== true) return false
  await flushWal()
  return true
}
