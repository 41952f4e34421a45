import type { Socket } from 'node:net'
import type pg from 'pg'
import { internalsOf } from './client-internals.ts'
import { KeptStatements } from './kept-statements.ts'
import { openRowStream, type RowStream, runAtOnce } from './row-stream.ts'
import { readSql } from './sql-file.ts'
import type { StallWatch } from './stall-watch.ts'
import { streamInTransaction } from './stream-in-transaction.ts'
import type { TextRow } from './text-values.ts'
import { toDatabaseError } from './translate-error.ts'

/** One database session. Statements run one after the other. */
export interface Session {
  /** The server process, as in `pg_stat_activity`; behind a pooler a number that the pooler made up. */
  readonly pid: number
  /**
   * A pooler stands in between: each transaction may run in another server session, which others use before and after.
   * No session-level lock, LISTEN or setting may then be used. Every statement runs in a transaction with settings of
   * its own.
   */
  readonly pooled: boolean
  /**
   * Runs one statement; all values are text or null.
   * @throws RTB_DATABASE_* ; after a time-out the connection is destroyed
   */
  query(sql: string, values?: readonly unknown[]): Promise<TextRow[]>
  /**
   * Runs one statement as {@link query} does, whose rows may weigh more than is to be kept.
   * @returns null when their values have `bytes` characters or more: nothing of them is kept then
   * @throws RTB_DATABASE_* ; after a time-out the connection is destroyed
   */
  queryLight(bytes: number, sql: string, values: readonly unknown[]): Promise<TextRow[] | null>
  /**
   * Streams the rows of one statement; the session is busy until the stream is closed.
   * @param prepare a statement that sets what it needs: of the session, or with `$1` true of the transaction only
   */
  stream(sql: string, values: readonly unknown[], prepare?: string): RowStream
  /**
   * Runs `work` in a transaction; statements go through the `query` it is given.
   * @throws RTB_DATABASE_* and what `work` throws; everything is then rolled back
   */
  transaction<T>(work: (query: Session['query']) => Promise<T>): Promise<T>
  /**
   * Begins a transaction in which every statement sees what the first one saw. The session is busy until it is ended.
   * @throws RTB_DATABASE_*
   */
  holdSnapshot(): Promise<HeldSnapshot>
  /** Cuts the socket at once. */
  destroy(): void
}

/** See {@link Session.holdSnapshot}. */
export interface HeldSnapshot {
  readonly query: Session['query']
  /** @throws RTB_DATABASE_* */
  end(): Promise<void>
}

export interface SessionOptions {
  /** A statement without an answer for longer destroys the connection; 0 = no limit, ms. */
  readonly answerTimeoutMs: number
  readonly pooled: boolean
  /** What has values is parsed and planned once, whatever values follow: for a few statements that run often. Not behind a pooler. */
  readonly keepsPlans?: boolean
  /** See `DatabaseOptions`. */
  readonly stalls: StallWatch | undefined
}

/** A connected client as a session. */
export function sessionOf(
  client: pg.Client | pg.PoolClient,
  { answerTimeoutMs, pooled, stalls, keepsPlans = false }: SessionOptions,
): Session {
  const { socket, pid } = internalsOf(client)
  const kept = keepsPlans && !pooled ? new KeptStatements() : null
  const watched = <T>(work: Promise<T>) =>
    stalls === undefined || pooled ? work : stalls.during(work, pid, socket)
  const guard = <T>(work: Promise<T>) => withinTime(watched(work), answerTimeoutMs, socket)
  const query: Session['query'] = async (sql, values = []) => {
    try {
      if (kept !== null && values.length > 0)
        return (await guard(runAtOnce(client, { sql, values, kept: kept.of(sql) }))) ?? []
      return (await guard(client.query<TextRow>({ text: sql, values: [...values] }))).rows
    } catch (error) {
      throw toDatabaseError(error)
    }
  }
  const queryLight: Session['queryLight'] = async (bytes, sql, values) => {
    try {
      return await guard(runAtOnce(client, { sql, values, kept: kept?.of(sql) ?? null, bytes }))
    } catch (error) {
      throw toDatabaseError(error)
    }
  }
  // Whatever the database's default: who waited for a lock must see what its holder did.
  const begin = async (isolation = 'READ COMMITTED') => {
    await query(`BEGIN ISOLATION LEVEL ${isolation}`)
    if (pooled) await query(readSql('query/prepare_session.sql'), [null, false])
  }
  const transaction: Session['transaction'] = async work => {
    try {
      await begin()
      const result = await work(query)
      await query('COMMIT')
      return result
    } catch (error) {
      await query('ROLLBACK').catch(() => {})
      throw error
    }
  }
  const open = (sql: string, values: readonly unknown[]) =>
    openRowStream(client, { sql, values, kept: kept?.of(sql) ?? null, guard })
  const stream: Session['stream'] = (sql, values, prepare) =>
    prepare === undefined
      ? open(sql, values)
      : streamInTransaction({
          begin: () => query(prepare, ['false']),
          open: () => open(sql, values),
          end: () => Promise.resolve(),
        })
  const holdSnapshot: Session['holdSnapshot'] = async () => {
    await begin('REPEATABLE READ')
    return { query, end: async () => void (await query('COMMIT')) }
  }
  const shared = { pid, pooled, transaction, holdSnapshot, destroy: () => void socket.destroy() }
  if (!pooled) return { ...shared, query, queryLight, stream }
  return {
    ...shared,
    query: (sql, values) => transaction(run => run(sql, values)),
    queryLight: (bytes, sql, values) => transaction(() => queryLight(bytes, sql, values)),
    stream: (sql, values, prepare) =>
      streamInTransaction({
        begin: async () => {
          await begin()
          if (prepare !== undefined) await query(prepare, ['true'])
        },
        open: () => open(sql, values),
        end: () => query('COMMIT'),
      }),
  }
}

/**
 * Bounds a wait for the server; at the limit the socket is destroyed.
 * @param limitMs 0 = no limit
 */
export function withinTime<T>(work: Promise<T>, limitMs: number, socket: Socket): Promise<T> {
  if (limitMs === 0) return work
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`timeout: no answer within ${limitMs} ms`))
      socket.destroy()
    }, limitMs)
    work.then(
      result => {
        clearTimeout(timer)
        resolve(result)
      },
      error => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}
