import type { Pool } from '../database/pool.ts'
import { readSql } from '../database/sql-file.ts'
import { signalChannel } from '../domain/signal-bus.ts'

/**
 * Brings payloads to every hub of a database by NOTIFY. Whoever listens on {@link signalChannel} hands them on.
 * @returns what a hub's bus carries with; rejects with RTB_DATABASE_*
 */
export function carryByNotify(pool: Pick<Pool, 'query'>): (payloads: readonly string[]) => Promise<void> {
  return async payloads => {
    await pool.query(readSql('query/send_signals.sql'), [signalChannel, payloads])
  }
}
