import type pg from 'pg'
import PgCursor from 'pg-cursor'
import { internalsOf } from './client-internals.ts'
import { type TextRow, valuesAsText } from './text-values.ts'
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
  /** Bounds the wait for each answer. */
  readonly guard: <T>(work: Promise<T>) => Promise<T>
}

/** Starts a statement on a client whose rows are fetched as they are wanted. */
export function openRowStream(client: pg.Client | pg.PoolClient, statement: StreamedStatement): RowStream {
  const { sql, values, guard } = statement
  // Parse, bind, describe and the first fetch leave in one packet: pg would write each by itself.
  const { socket } = internalsOf(client)
  socket.cork()
  process.nextTick(() => socket.uncork())
  const cursor = client.query(
    new PgCursor<Record<string, string | null>>(sql, [...values], { types: valuesAsText }),
  )
  let failed = false
  const loss = watchLoss(client)
  const answer = <T>(work: Promise<T>) =>
    guard(loss.orFail(work)).catch(error => {
      failed = true
      throw toDatabaseError(error)
    })
  return {
    read: count => answer(cursor.read(count)),
    async close() {
      try {
        // After a failure there is no statement left to end, and on a broken connection nobody to answer.
        if (!failed) await answer(cursor.close())
      } finally {
        loss.forget()
      }
    },
  }
}

interface LossWatch {
  /** The result of a step, or a failure when the session ends before. One step at a time. */
  orFail<T>(work: Promise<T>): Promise<T>
  forget(): void
}

/**
 * pg-cursor forgets who waits when a session ends between a statement's last row and its very end.
 *
 * Not a race against one promise for the whole stream: each race would stay attached to it, with the rows it gave.
 */
function watchLoss(client: pg.ClientBase): LossWatch {
  let lost = false
  let fail: () => void = () => {}
  const onEnd = () => {
    lost = true
    fail()
  }
  client.once('end', onEnd)
  return {
    orFail: work =>
      new Promise((resolve, reject) => {
        fail = () => reject(new Error('the connection was terminated while a statement was running'))
        if (lost) fail()
        work.then(resolve, reject)
      }),
    forget: () => client.off('end', onEnd),
  }
}
