import type pg from 'pg'
import { internalsOf } from './client-internals.ts'
import type { KeptStatement } from './kept-statements.ts'
import { RowCursor } from './row-cursor.ts'
import type { TextRow } from './text-values.ts'
import { toDatabaseError } from './translate-error.ts'

/** The rows of one running statement, taken in pieces. All pieces are of one snapshot. */
export interface RowStream {
  /**
   * The next rows, at most `count`, and no more once their values have `bytes` characters; default no limit. None means that
   * the statement has ended.
   * @throws RTB_DATABASE_*
   */
  read(count: number, bytes?: number): Promise<TextRow[]>
  /** The statement has ended, and every row was given out. */
  readonly isOver: boolean
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
  const { socket } = internalsOf(client)
  const cursor = new RowCursor(sql, values, kept)
  // All that it begins with leaves in one packet, with what is read first: pg would write each message by itself.
  socket.cork()
  process.nextTick(() => socket.uncork())
  client.query(cursor)
  const answer = <T>(work: Promise<T>) =>
    guard(work).catch(error => {
      throw toDatabaseError(error)
    })
  return {
    read: (count, bytes) => answer(cursor.read(count, bytes)),
    get isOver() {
      return cursor.isOver
    },
    close: () => answer(cursor.close()),
  }
}

/**
 * Runs a statement in one exchange with the server.
 * @param statement `bytes`: the most that its rows may weigh; default no limit
 * @returns its rows, null when they weigh more; rejects with what pg says
 */
export function runAtOnce(
  client: pg.Client | pg.PoolClient,
  { sql, values, kept, bytes }: Omit<StreamedStatement, 'guard'> & { readonly bytes?: number },
): Promise<TextRow[] | null> {
  const { socket } = internalsOf(client)
  const cursor = new RowCursor(sql, values, kept)
  const rows = cursor.all(bytes)
  socket.cork()
  client.query(cursor)
  socket.uncork()
  return rows
}
