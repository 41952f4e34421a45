import { readSql } from '../database/sql-file.ts'
import { maxTokenTransactions } from '../domain/cursor.ts'
import { hide, parseSnapshot, reveal, type Snapshot, sees } from '../domain/snapshot.ts'
import type { JournalRow } from './change-row.ts'
import { chooseWaiting, type NewTransaction, nobodyWaits, type Waiting } from './choose-waiting.ts'
import { pieceBytes, pieceRows } from './piece-size.ts'
import { readAtOnce } from './read-at-once.ts'
import { checkHeader, checkWhole } from './read-header.ts'
import { type Place, type ReadOptions, type ReadPiece, toPiece } from './read-piece.ts'
import { xidArray } from './xid-array.ts'

/** When more have to wait, everything does: what has seen everything but these would no longer fit into a cursor. */
const mostWaiting = maxTokenTransactions
/** When there are more transactions nobody passes anybody by: they would have to be kept in memory, all of them. */
const mostNews = 10_000

/**
 * Where a read around big transactions is: everything that `seen` sees has been delivered, and of `streamed` every row up
 * to `seq`. Those that wait are delivered after `streamed`. Neither are seen by `seen`, so that all of this is a
 * place in a batch like any other: `seen`, the same with `streamed`, and `seq`.
 */
interface Progress {
  seen: Snapshot
  streamed: readonly bigint[]
  waiting: readonly bigint[]
  /** Changed by `streamed` or by those that wait. */
  tables: ReadonlySet<string>
  /** While one of `streamed` is big, and not too many wait, others are looked for. */
  looks: boolean
  /** One of those that wait is big. */
  moreBig: boolean
  /** Of what `seen` lacks not everybody is among those that wait: no checkpoint then, but a read of all that is left. */
  isTorn: boolean
  seq: bigint
  /** The last place that was given out. */
  place: Place
}

/** What has become visible, transaction by transaction. */
interface Look {
  /** Durable when there are news. */
  readonly snapshot: Snapshot
  readonly news: readonly NewTransaction[]
  /** False when there are more. */
  readonly isWhole: boolean
}

/**
 * Reads what became visible since a place where it is much: first what is small and has no table in common with
 * what is big, then the rest piece by piece, and between the pieces what was committed meanwhile. No checkpoint is
 * given before everything that was seen has been delivered.
 *
 * @returns false, having delivered nothing, when no transaction is big, or too many would have to wait for it
 * @throws CursorGap, RTB_DATABASE_*
 */
export async function* readAround(from: Place, options: ReadOptions): AsyncGenerator<ReadPiece, boolean> {
  const first = await look(from.snapshot, from.snapshot.xip, options)
  const progress = from.inBatch === null ? begin(from, first, options) : resume(from, first, options)
  if (progress === null) return false
  if (first.news.length > 0) yield* passBy(progress, first, options)
  while (progress.streamed.length > 0) {
    yield* streamWaiting(progress, options)
    const { seen, streamed, waiting } = progress
    progress.seen = reveal(seen, streamed)
    Object.assign(progress, { streamed: waiting, waiting: [], seq: 0n })
    Object.assign(progress, { looks: progress.looks && progress.moreBig, moreBig: false })
  }
  if (progress.isTorn) yield* readAtOnce(progress.seen, options, null)
  return true
}

function begin(from: Place, { snapshot, news, isWhole }: Look, { bigRows }: ReadOptions): Progress | null {
  if (!isWhole) return null
  const { xids, tables, hasBig } = chooseWaiting(news, nobodyWaits.tables, bigRows)
  if (!hasBig || xids.length > mostWaiting) return null
  return {
    seen: from.snapshot,
    streamed: xids,
    waiting: [],
    tables,
    looks: true,
    moreBig: false,
    isTorn: false,
    seq: 0n,
    // The same as `from`, but not a checkpoint: what comes next may end within a transaction.
    place: { snapshot: from.snapshot, inBatch: { upTo: snapshot, seq: 0n } },
  }
}

function resume(from: Place, { news }: Look, { bigRows }: ReadOptions): Progress {
  const { upTo, seq } = from.inBatch ?? { upTo: from.snapshot, seq: 0n }
  const streamed = from.snapshot.xip.filter(xid => sees(upTo, xid))
  const mine = news.filter(({ xid }) => streamed.includes(xid))
  return {
    seen: from.snapshot,
    streamed,
    waiting: [],
    tables: new Set(mine.flatMap(({ tables }) => tables)),
    looks: mine.some(({ rows }) => rows > bigRows),
    moreBig: false,
    // Who else waited the place does not tell; the look that follows finds them.
    isTorn: true,
    seq,
    place: from,
  }
}

/** Delivers what need not wait, whole transactions, and notes who has to. */
async function* passBy(
  progress: Progress,
  { snapshot, news, isWhole }: Look,
  options: ReadOptions,
): AsyncGenerator<ReadPiece, void> {
  const others = news.filter(({ xid }) => !progress.streamed.includes(xid))
  const late: Waiting = chooseWaiting(others, progress.tables, options.bigRows)
  const waiting = [...progress.waiting, ...late.xids]
  if (!isWhole || progress.streamed.length + waiting.length > mostWaiting) {
    progress.looks = false
    return
  }
  const seen = hide(snapshot, [...progress.streamed, ...waiting])
  const passing = others.map(({ xid }) => xid).filter(xid => !late.xids.includes(xid))
  const moreBig = progress.moreBig || late.hasBig
  if (passing.length > 0) {
    for await (const { rows, last } of readSlices(passing, 0n, options)) {
      // In the middle of these the place stays: who resumes there gets them again.
      if (last) progress.place = placeIn(seen, progress)
      yield await toPiece(rows, progress.place, options)
    }
  }
  Object.assign(progress, { seen, waiting, moreBig, tables: late.tables, isTorn: false })
}

function placeIn(seen: Snapshot, { streamed, seq }: Pick<Progress, 'streamed' | 'seq'>): Place {
  return { snapshot: seen, inBatch: { upTo: reveal(seen, streamed), seq } }
}

/** Delivers all that is left of `streamed`; with its end the read ends, unless somebody waits. */
async function* streamWaiting(progress: Progress, options: ReadOptions): AsyncGenerator<ReadPiece, void> {
  // So that what is pruned meanwhile is still there.
  const held = await options.session.holdSnapshot()
  try {
    let lookedAt = Number.NEGATIVE_INFINITY
    const frozen = { ...options, query: held.query }
    for await (const { rows, seq, last } of readSlices(progress.streamed, progress.seq, frozen)) {
      progress.seq = seq
      const isOver = last && progress.waiting.length === 0 && !progress.isTorn
      progress.place = isOver
        ? { snapshot: reveal(progress.seen, progress.streamed), inBatch: null }
        : placeIn(progress.seen, progress)
      yield await toPiece(rows, progress.place, options)
      if (last || !progress.looks || performance.now() - lookedAt < options.lookEveryMs) continue
      const { seen, streamed, waiting } = progress
      const known = new Set([...streamed, ...waiting])
      const unknown = seen.xip.filter(xid => !known.has(xid))
      const news = await look(seen, unknown, options)
      if (news.news.length > 0) yield* passBy(progress, news, options)
      lookedAt = performance.now()
    }
  } finally {
    await held.end().catch(() => {})
  }
}

/**
 * Asks what became visible since a snapshot, and waits until that is durable.
 * @param xip its transactions in progress, those that are asked about, ascending
 */
async function look(since: Snapshot, xip: readonly bigint[], options: ReadOptions): Promise<Look> {
  const { query, journalOid, flushWal } = options
  const sql = readSql('query/inspect_news.sql')
  const [header, ...rows] = await query(sql, [since.xmax.toString(), xidArray(xip), String(mostNews + 2)])
  // What is being streamed has a snapshot that still holds it.
  checkHeader(header, xip[0] ?? since.xmax, journalOid)
  checkWhole(header, since)
  if (rows.length > 0 && header?.['flushed'] !== 't') await flushWal?.()
  const news = rows.map(row => ({
    xid: BigInt(row['xid'] ?? '0'),
    rows: Number(row['rows']),
    tables: JSON.parse(row['tables'] ?? '[]') as string[],
  }))
  return { snapshot: parseSnapshot(header?.['snapshot'] ?? ''), news, isWhole: news.length <= mostNews }
}

interface Slice {
  readonly rows: readonly JournalRow[]
  /** Of the last row. */
  readonly seq: bigint
  /** True when nothing follows. */
  readonly last: boolean
}

/** The rows of some transactions after a seq, in pieces of bounded weight; at least one, which may be empty. */
async function* readSlices(
  xids: readonly bigint[],
  after: bigint,
  { query, journalOid }: Pick<ReadOptions, 'query' | 'journalOid'>,
): AsyncGenerator<Slice, void> {
  const oldest = xids.reduce((a, b) => (a < b ? a : b))
  let seq = after
  for (let last = false; !last; ) {
    const values = [xidArray(xids), seq.toString(), String(pieceRows), String(pieceBytes)]
    const [header, ...rows] = await query(readSql('query/read_transactions.sql'), values)
    checkHeader(header, oldest, journalOid)
    seq = BigInt(rows.at(-1)?.['seq'] ?? seq)
    last = header?.['whole'] === 't'
    yield { rows, seq, last }
  }
}
