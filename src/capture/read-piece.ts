import type { Session } from '../database/session.ts'
import type { Change } from '../domain/change.ts'
import { isCanary } from '../domain/change.ts'
import type { Cursor } from '../domain/cursor.ts'
import type { JournalRow } from './change-row.ts'
import { toChange } from './change-row.ts'
import type { TableRegistry } from './table-registry.ts'

/** A cursor in a history that is known. */
export type Place = Omit<Cursor, 'incarnation'>

/** A piece of what became visible since a place. */
export interface ReadPiece {
  readonly changes: readonly Change[]
  /** Changes of the canary, which are given to nobody. */
  readonly canaries: readonly Change[]
  /** Where the next piece continues; a checkpoint after the last one of a read. */
  readonly place: Place
  /** Rows whose table is not registered: nothing can be said about them. */
  readonly unknownRows: number
}

export interface ReadOptions {
  readonly session: Session
  readonly registry: TableRegistry
  /** The journal that the place speaks of. */
  readonly journalOid: string
  /** Runs statements while the session streams. */
  readonly query: Session['query']
  /** Forces the WAL to disk. Null leaves the fence out, which only its own test may do. */
  readonly flushWal: (() => Promise<void>) | null
  /** A transaction with more changes is big: small ones do not wait for it. */
  readonly bigRows: number
  /** There will hardly be more than `fewRows`: they are asked for first, which is quicker. Default false. */
  readonly expectsFew?: boolean
  /** Somebody waits for the position: it is made durable and given out also where nothing was found. Default false. */
  readonly mustMove?: boolean
  /** Told whether the queue of notifications is half full; default: nobody looks. */
  readonly onQueue?: ((isCrowded: boolean) => void) | undefined
  /** While one is read, small ones are looked for at these intervals, ms. */
  readonly lookEveryMs: number
}

/** Journal rows as a piece. @throws RTB_DATABASE_* */
export async function toPiece(
  rows: readonly JournalRow[],
  place: Place,
  { registry, query }: Pick<ReadOptions, 'registry' | 'query'>,
): Promise<ReadPiece> {
  if (!registry.covers(rows)) await registry.load(query)
  const known = rows.map(row => toChange(row, registry.tables)).filter(change => change !== null)
  const canaries = known.filter(({ table }) => isCanary(table))
  const changes = canaries.length === 0 ? known : known.filter(({ table }) => !isCanary(table))
  return { changes, canaries, place, unknownRows: rows.length - known.length }
}
