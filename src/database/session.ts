import type { Socket } from 'node:net'
import type pg from 'pg'
import { internalsOf } from './client-internals.ts'
import { openRowStream, type RowStream } from './row-stream.ts'
import { readSql } from './sql-file.ts'
import type { TextRow } from './text-values.ts'
import { toDatabaseError } from './translate-error.ts'

/** One database session. Statements run one after the other. */
export interface Session {
  /** The server process, as in `pg_stat_activity`. */
  readonly pid: number
  /**
   * Runs one statement; all values are text or null.
   * @throws RTB_DATABASE_* ; after a time-out the connection is destroyed
   */
  query(sql: string, values?: readonly unknown[]): Promise<TextRow[]>
  /** Streams the rows of one statement; the session is busy until the stream is closed. */
  stream(sql: string, values: readonly unknown[]): RowStream
  /** Cuts the socket at once. */
  destroy(): void
}

/**
 * A connected client as a session.
 * @param answerTimeoutMs a statement without an answer for longer destroys the connection; 0 = no limit
 */
export function sessionOf(client: pg.Client | pg.PoolClient, answerTimeoutMs: number): Session {
  const { socket, pid } = internalsOf(client)
  const guard = <T>(work: Promise<T>) => withinTime(work, answerTimeoutMs, socket)
  return {
    pid,
    async query(sql, values = []) {
      try {
        return (await guard(client.query<Record<string, string | null>>(sql, [...values]))).rows
      } catch (error) {
        throw toDatabaseError(error)
      }
    },
    stream: (sql, values) => openRowStream(client, { sql, values, guard }),
    destroy: () => socket.destroy(),
  }
}

/** Gives a fresh session rtbridge's settings. */
export async function prepareSession(client: pg.ClientBase): Promise<void> {
  await client.query(readSql('query/prepare_session.sql'))
}

/**
 * Bounds a wait for the server; at the limit the socket is destroyed.
 * @param limitMs 0 = no limit
 */
export async function withinTime<T>(work: Promise<T>, limitMs: number, socket: Socket): Promise<T> {
  if (limitMs === 0) return work
  let timer: NodeJS.Timeout | undefined
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`timeout: no answer within ${limitMs} ms`))
      socket.destroy()
    }, limitMs)
  })
  try {
    return await Promise.race([work, expired])
  } finally {
    clearTimeout(timer)
  }
}
