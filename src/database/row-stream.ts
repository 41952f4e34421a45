import type pg from 'pg'
import { internalsOf } from './client-internals.ts'
import type { KeptStatement } from './kept-statements.ts'
import { RowCursor } from './row-cursor.ts'
import type { TextRow } from './text-values.ts'
import { toDatabaseError } from './translate-error.ts'

/** The rows of one running statement, taken in pieces. All pieces are of one snapshot. */
export interface RowStream {
  /**
   * The next rows, at most `count`; fewer means that the statement has ended.
   * @throws RTB_DATABASE_*
   */
  read(count: number): Promise<TextRow[]>
  /** Ends the statement, finished or not; the session is free again. */
  close(): Promise<void>
}

export interface StreamedStatement {
  readonly sql: string
  readonly values: readonly unknown[]
  /** Where the session keeps it parsed and planned; null: it is parsed for this once. */
  readonly kept: KeptStatement | null
  /** Bounds the wait for each answer. */
  readonly guard: <T>(work: Promise<T>) => Promise<T>
}

/** Starts a statement on a client whose rows are fetched as they are wanted. */
export function openRowStream(client: pg.Client | pg.PoolClient, statement: StreamedStatement): RowStream {
  const { sql, values, kept, guard } = statement
  // Parse, bind, describe and the first fetch leave in one packet: pg would write each by itself.
  const { socket } = internalsOf(client)
  socket.cork()
  process.nextTick(() => socket.uncork())
  const cursor = client.query(new RowCursor(sql, values, kept))
  const answer = <T>(work: Promise<T>) =>
    guard(work).catch(error => {
      throw toDatabaseError(error)
    })
  return {
    read: count => answer(cursor.read(count)),
    close: () => answer(cursor.close()),
  }
}
