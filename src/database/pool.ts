import pg from 'pg'
import { connectionSettings, type DatabaseOptions } from './connection-settings.ts'
import {
  internalsOf,
  prepareSession,
  type Session,
  sessionOf,
  type TextRow,
  valuesAsText,
} from './session.ts'
import { toDatabaseError } from './translate-error.ts'

/** A few sessions shared by everything that is not the live reader: replays, publishing, pruning, status. */
export interface Pool {
  /** One statement on any free session. @throws RTB_DATABASE_* */
  query(sql: string, values?: readonly unknown[]): Promise<TextRow[]>
  /** Lends a session for the time of `work`; it is thrown away if `work` fails. @throws RTB_DATABASE_* */
  use<T>(work: (session: Session) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/**
 * Makes a pool; connects when first used.
 * @param size most sessions at a time
 */
export function openPool(options: DatabaseOptions, size: number): Pool {
  const pool = new pg.Pool({
    ...connectionSettings(options, 'pool'),
    types: valuesAsText,
    max: size,
    idleTimeoutMillis: 30_000,
    onConnect: prepareSession,
  })
  // An idle session that breaks is replaced at its next use; unhandled it would end the process.
  pool.on('error', () => {})
  const use = async <T>(work: (session: Session) => Promise<T>): Promise<T> => {
    const client = await pool.connect().catch(error => {
      throw toDatabaseError(error)
    })
    const onError = () => internalsOf(client).socket.destroy()
    client.on('error', onError)
    try {
      const result = await work(sessionOf(client, options.answerTimeoutMs))
      client.release()
      return result
    } catch (error) {
      client.release(true)
      throw error
    } finally {
      client.off('error', onError)
    }
  }
  return {
    use,
    query: (sql, values) => use(session => session.query(sql, values)),
    close: () => pool.end(),
  }
}
