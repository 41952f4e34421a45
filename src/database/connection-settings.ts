import type { Socket } from 'node:net'
import { userInfo } from 'node:os'
import pg, { type ClientConfig } from 'pg'
import { checkTlsFiles } from './check-tls-files.ts'
import type { StallWatch } from './stall-watch.ts'

/** Where the database is. */
export interface DatabaseOptions {
  /** `postgres://user@host/database?sslmode=…`; null = `PGHOST`, `PGUSER`, `PGDATABASE`, … */
  readonly url: string | null
  /** Longest wait for a connection, ms. */
  readonly connectTimeoutMs: number
  /** A statement without an answer for longer destroys its connection; 0 = no limit, ms. */
  readonly answerTimeoutMs: number
  /** Cuts connections whose answers were lost on their way. Default: nobody does before `answerTimeoutMs`. */
  readonly stalls?: StallWatch
}

/**
 * What every connection of rtbridge has in common: keep-alive probes that notice a vanished machine, a bounded
 * connect, and a name by which administrators find it in `pg_stat_activity`.
 * @param role what the connection does: `reader`, `helper`, `listener`, `pool`, `probe`, `admin`
 * @throws RTB_DATABASE_TLS_FILE
 */
export function connectionSettings(options: DatabaseOptions, role: string): ClientConfig {
  if (options.url !== null) checkTlsFiles(options.url)
  pg.defaults.user ||= systemUser()
  return {
    ...(options.url === null ? {} : { connectionString: withVerifiedTls(options.url) }),
    application_name: `rtbridge ${role}`,
    connectionTimeoutMillis: options.connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
  }
}

/**
 * Whom libpq takes when nobody is named. The driver takes USER, which containers, cron and systemd may leave out.
 * @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-USER
 */
function systemUser(): string | undefined {
  try {
    return userInfo().username
  } catch {
    // A number without a name, as in containers: the server says what is missing.
    return undefined
  }
}

/**
 * The driver takes `prefer`, `require` and `verify-ca` for `verify-full`, warns at each of them that a later version
 * will trust anybody, and then would. So they are what they are today, whatever the version, without the warning.
 * @see https://www.postgresql.org/docs/current/libpq-ssl.html
 */
function withVerifiedTls(url: string): string {
  if (url.includes('uselibpqcompat=')) return url
  return url.replace(/([?&]sslmode=)(?:prefer|require|verify-ca)(?=&|$)/, '$1verify-full')
}

/**
 * A TCP connection that does not come about within this is not waited for: its packets are sent again ever more rarely,
 * and a fresh attempt finds a network that is back sooner, ms.
 */
const reachWithinMs = 2_000

/** Bounds the first step of connecting: reaching the machine at all. What the server then takes is bounded by itself. */
export function limitReaching(socket: Socket): void {
  const timer = setTimeout(() => {
    socket.destroy(new Error(`timeout: the machine was not reached within ${reachWithinMs} ms`))
  }, reachWithinMs)
  const end = () => clearTimeout(timer)
  socket.once('connect', end).once('close', end)
}
