import { type Connection, openConnection } from './connection.ts'
import type { DatabaseOptions } from './connection-settings.ts'
import type { Session } from './session.ts'

/** The database as the commands see it: one session, and transactions that do not wait long for locks. */
export interface AdminSession extends Pick<Connection, 'query' | 'close' | 'pooled'> {
  /**
   * Runs `work` in a transaction of its own.
   * @param lockTimeoutMs longest wait for a lock; the transaction then fails with SQLSTATE 55P03
   * @throws RTB_DATABASE_*
   */
  transaction<T>(lockTimeoutMs: number, work: (query: Session['query']) => Promise<T>): Promise<T>
}

/** Opens the database for a command. @throws RTB_DATABASE_* */
export async function openAdminSession(options: DatabaseOptions): Promise<AdminSession> {
  const { query, close, pooled, transaction } = await openConnection(options, 'admin')
  return {
    query,
    close,
    pooled,
    transaction: (lockTimeoutMs, work) =>
      transaction(async run => {
        await run(`SELECT set_config('lock_timeout', $1, true)`, [String(lockTimeoutMs)])
        return work(run)
      }),
  }
}
