import type { DatabaseTarget } from '../../database/database-target.ts'
import type { ErrorCode, RtbridgeError } from '../../domain/errors/registry.ts'

type Explain = (target: DatabaseTarget, text: string) => string

/**
 * What mends a database that cannot be reached, with its names filled in.
 * @returns undefined where the error's own hint says it all
 */
export function explainDatabaseError(error: RtbridgeError, target: DatabaseTarget): string | undefined {
  const special = bySentence.find(([pattern]) => pattern.test(error.message))
  return (special?.[1] ?? byCode[error.code])?.(target, error.message)
}

/** Sentences of PostgreSQL that say more than its SQLSTATE. */
const bySentence: readonly [RegExp, Explain][] = [
  [
    /permission denied for database/,
    ({ database, user }) => `GRANT CONNECT ON DATABASE ${quote(database)} TO ${quote(user)};`,
  ],
  [/is not permitted to log in/, ({ user }) => `ALTER ROLE ${quote(user)} LOGIN;`],
  [/too many connections for role/, ({ user }) => `ALTER ROLE ${quote(user)} CONNECTION LIMIT -1;`],
  [
    /too many connections for database/,
    ({ database }) => `ALTER DATABASE ${quote(database)} CONNECTION LIMIT -1;`,
  ],
  [
    /role ".*" does not exist/,
    ({ user }) => `CREATE ROLE ${quote(user)} LOGIN PASSWORD '…';   -- or correct the user in database.url`,
  ],
  [
    /(peer|ident) authentication failed/i,
    ({ user }) =>
      `run rtbridge as the system user ${user}, or map its user to this role in pg_ident.conf, then: SELECT pg_reload_conf();`,
  ],
]

const byCode: Readonly<Partial<Record<ErrorCode, Explain>>> = {
  RTB_DATABASE_HOST_UNKNOWN: ({ host }) =>
    `getent hosts ${host}   # prints nothing: correct the host in database.url, or give it a line in /etc/hosts or the DNS`,
  RTB_DATABASE_REFUSED: ({ host, port }) =>
    isHere(host)
      ? `sudo systemctl start postgresql   # if it runs: \`ss -ltn\` shows its port, database.url says ${port}`
      : `on ${host}: sudo systemctl start postgresql; and as a superuser: ALTER SYSTEM SET listen_addresses = '*'; -- then restart it`,
  RTB_DATABASE_TIMEOUT: ({ host, port }) =>
    `nc -vz -w 3 ${host} ${port}   # silence: a firewall in between, or a wrong address; let port ${port} through on ${host}`,
  RTB_DATABASE_TLS: (_, text) =>
    /not support SSL/i.test(text)
      ? 'set sslmode=disable in database.url, or turn TLS on in the server: ALTER SYSTEM SET ssl = on; SELECT pg_reload_conf();'
      : 'name the authority of the server in database.url: ?sslmode=verify-full&sslrootcert=/path/to/ca.crt',
  RTB_DATABASE_PASSWORD: ({ user }) =>
    `sudo -u postgres psql -c '\\password ${user}'   # then the same in database.url, PGPASSWORD or ~/.pgpass`,
  RTB_DATABASE_HBA: ({ host, user, database }, text) => {
    const address =
      /host "([^"]+)"/.exec(text)?.[1] ?? (isHere(host) ? '127.0.0.1' : 'the address of this machine')
    const range = address.includes(':') ? `${address}/128` : `${address}/32`
    return `add to pg_hba.conf (SHOW hba_file): host "${database}" "${user}" ${range} scram-sha-256   and then: SELECT pg_reload_conf();`
  },
  RTB_DATABASE_MISSING: ({ database, user }) =>
    `CREATE DATABASE ${quote(database)} OWNER ${quote(user)};   -- if its name is right: psql -l lists those that are there`,
  RTB_DATABASE_SLOTS: () =>
    `ALTER SYSTEM SET max_connections = 200; -- then restart PostgreSQL; a hub needs up to 15. Who has them: SELECT usename, application_name, count(*) FROM pg_stat_activity GROUP BY 1, 2 ORDER BY 3 DESC;`,
  RTB_DATABASE_STARTING: () =>
    'wait, then: rtbridge doctor   # if it goes on: journalctl -u postgresql -n 50',
}

function isHere(host: string): boolean {
  return host.startsWith('/') || host === 'localhost' || host === '::1' || host.startsWith('127.')
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
