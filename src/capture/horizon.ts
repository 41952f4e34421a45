import type { Session } from '../database/session.ts'
import { readSql } from '../database/sql-file.ts'
import { type Cursor, type GapReason, historyOf, serverRunOf } from '../domain/cursor.ts'
import { sees, snapshotXmin } from '../domain/snapshot.ts'

/** Which positions of a history can be continued from. */
export interface Horizon {
  /** Rows of this transaction are gone, and of older ones may be; canaries, which are for nobody, left out. */
  readonly lostXid: bigint
  /** Who does not see this transaction lacks what was written while triggers were off; 0: nothing was. */
  readonly wholeSinceXid: bigint
  /** First transaction that has not happened yet. */
  readonly xmax: bigint
  /** The known runs of the server with the transaction before which each one ended; null for the last. */
  readonly serverRuns: ReadonlyMap<string, bigint | null>
}

/** Reads it as it is now. @throws RTB_DATABASE_* */
export async function readHorizon(query: Session['query']): Promise<Horizon> {
  const [row] = await query(readSql('query/check_horizon.sql'))
  const runs = JSON.parse(row?.['runs'] ?? '[]') as { id: string; end: string | null }[]
  return {
    lostXid: BigInt(row?.['lost_xid'] ?? '0'),
    wholeSinceXid: BigInt(row?.['whole_since_xid'] ?? '0'),
    xmax: BigInt(row?.['xmax'] ?? '0'),
    serverRuns: new Map(runs.map(({ id, end }) => [id, end === null ? null : BigInt(end)])),
  }
}

/**
 * Says why a cursor cannot be continued from; null when it can.
 * @param incarnation the one that is being served; null before there is one
 */
export function gapOf(cursor: Cursor, incarnation: string | null, horizon: Horizon): GapReason | null {
  if (incarnation === null || historyOf(cursor.incarnation) !== historyOf(incarnation)) return 'incarnation'
  const newest = newestXmax(cursor)
  const end = horizon.serverRuns.get(serverRunOf(cursor.incarnation))
  // Of a run that is not in this past, or of what that run did after the copy was made that now stands here.
  if (end === undefined || (end !== null && newest > end)) return 'incarnation'
  if (newest > horizon.xmax) return 'future'
  if (horizon.lostXid >= snapshotXmin(cursor.snapshot)) return 'retention'
  return sees(cursor.snapshot, horizon.wholeSinceXid) ? null : 'capture'
}

function newestXmax({ snapshot, inBatch }: Cursor): bigint {
  return inBatch !== null && inBatch.upTo.xmax > snapshot.xmax ? inBatch.upTo.xmax : snapshot.xmax
}
