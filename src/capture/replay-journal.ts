import type { Pool } from '../database/pool.ts'
import type { Session } from '../database/session.ts'
import { readSql } from '../database/sql-file.ts'
import { type Change, isCanary } from '../domain/change.ts'
import { type Cursor, CursorGap } from '../domain/cursor.ts'
import { formatSnapshot, type Snapshot, sameSnapshot, snapshotXmin } from '../domain/snapshot.ts'
import { toChange } from './change-row.ts'
import { readPieces } from './journal-pieces.ts'
import { checkWhole } from './read-header.ts'
import type { TableRegistry } from './table-registry.ts'
import { xidArray } from './xid-array.ts'

/** Changes in order and the position after them. */
export interface ReplayPiece {
  readonly changes: readonly Change[]
  readonly cursor: Cursor
}

export interface ReplayOptions {
  readonly session: Session
  readonly pool: Pick<Pool, 'query'>
  readonly registry: TableRegistry
}

/**
 * Streams what happened after `from` up to the checkpoint `to`, in order, in pieces of bounded size. When `from` lies
 * inside a batch, the rest of that batch comes first. The last piece carries `to`.
 *
 * @throws CursorGap `retention` when a part of it was pruned, `capture` when a part was never journalled: seen in the same
 *   snapshot that the rows are read in
 * @throws RTB_DATABASE_*
 */
export async function* replayJournal(
  from: Cursor,
  to: Cursor,
  options: ReplayOptions,
): AsyncGenerator<ReplayPiece> {
  let start: Range = { since: from.snapshot, upTo: to.snapshot, afterSeq: 0n }
  if (from.inBatch !== null) {
    const rest = { since: from.snapshot, upTo: from.inBatch.upTo, afterSeq: from.inBatch.seq }
    yield* readRange(rest, from.incarnation, options)
    start = { since: from.inBatch.upTo, upTo: to.snapshot, afterSeq: 0n }
  }
  yield* readRange(start, to.incarnation, options)
}

/** Everything visible in `upTo` and not in `since`, after a position in it. */
interface Range {
  readonly since: Snapshot
  readonly upTo: Snapshot
  readonly afterSeq: bigint
}

async function* readRange(
  range: Range,
  incarnation: string,
  options: ReplayOptions,
): AsyncGenerator<ReplayPiece> {
  const { since, upTo } = range
  const end: Cursor = { incarnation, snapshot: upTo, inBatch: null }
  if (sameSnapshot(since, upTo)) {
    yield { changes: [], cursor: end }
    return
  }
  const stream = options.session.stream(readSql('query/replay_journal.sql'), [
    since.xmax.toString(),
    xidArray(since.xip),
    formatSnapshot(upTo),
    range.afterSeq.toString(),
  ])
  let first = true
  for await (const piece of readPieces(stream)) {
    let rows = piece.rows
    if (first) {
      const [header, ...rest] = rows
      if (BigInt(header?.['lost_xid'] ?? '0') >= snapshotXmin(since)) throw new CursorGap('retention')
      checkWhole(header, since)
      rows = rest
      first = false
    }
    if (!options.registry.covers(rows)) await options.registry.load(options.pool.query)
    const changes = rows
      .map(row => toChange(row, options.registry.tables))
      .filter(change => change !== null)
      .filter(({ table }) => !isCanary(table))
    const lastSeq = rows.at(-1)?.['seq']
    const cursor = piece.last || lastSeq == null ? end : inside(end, since, BigInt(lastSeq))
    if (piece.last || changes.length > 0) yield { changes, cursor }
  }
}

function inside(end: Cursor, since: Snapshot, seq: bigint): Cursor {
  return { incarnation: end.incarnation, snapshot: since, inBatch: { upTo: end.snapshot, seq } }
}
