import type { ClientConfig } from 'pg'

/** Where the database is. */
export interface DatabaseOptions {
  /** `postgres://user@host/database?sslmode=…`; null = `PGHOST`, `PGUSER`, `PGDATABASE`, … */
  readonly url: string | null
  /** Longest wait for a connection, ms. */
  readonly connectTimeoutMs: number
  /** A statement without an answer for longer destroys its connection; 0 = no limit, ms. */
  readonly answerTimeoutMs: number
}

/**
 * What every connection of rtbridge has in common: keep-alive probes that notice a vanished machine, a bounded
 * connect, and a name by which administrators find it in `pg_stat_activity`.
 * @param role what the connection does: `reader`, `fence`, `listener`, `pool`, `admin`
 */
export function connectionSettings(options: DatabaseOptions, role: string): ClientConfig {
  return {
    ...(options.url === null ? {} : { connectionString: options.url }),
    application_name: `rtbridge ${role}`,
    connectionTimeoutMillis: options.connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
  }
}
