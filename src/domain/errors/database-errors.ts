import { define } from './define.ts'

export interface Detail {
  /** What PostgreSQL or the operating system said; never a secret. */
  readonly detail: string
}

/** The database cannot be reached or used; the operator has to act. */
export const databaseErrors = {
  RTB_DATABASE_HOST_UNKNOWN: define<Detail>({
    actor: 'operator',
    message: ({ detail }) => `the database host cannot be found: ${detail}`,
    hint: () => 'check the host name in database.url or PGHOST, and the DNS of this machine',
  }),
  RTB_DATABASE_REFUSED: define<Detail>({
    actor: 'operator',
    message: ({ detail }) => `nothing accepts connections there: ${detail}`,
    hint: () => 'check that PostgreSQL runs, its port, and listen_addresses if it is on another machine',
  }),
  RTB_DATABASE_TIMEOUT: define<Detail>({
    actor: 'operator',
    message: ({ detail }) => `the database did not answer in time: ${detail}`,
    hint: () => 'check the network and firewall between this machine and the database',
  }),
  RTB_DATABASE_TLS: define<Detail>({
    actor: 'operator',
    message: ({ detail }) => `no agreement on TLS: ${detail}`,
    hint: () => 'set sslmode in database.url (disable, require, verify-full) to what the server offers',
  }),
  RTB_DATABASE_TLS_FILE: define<{ option: string; path: string; problem: string }>({
    actor: 'operator',
    message: ({ option, path, problem }) =>
      `the file ${path} that ${option} in database.url names cannot be read: ${problem}`,
    hint: () =>
      'correct the path (a full one is safest), or let the user that rtbridge runs as read the file',
  }),
  RTB_DATABASE_USER: define<Detail>({
    actor: 'operator',
    message: ({ detail }) => `no role is named to connect as: ${detail}`,
    hint: () => 'name it in database.url (postgresql://role@host/database) or PGUSER',
  }),
  RTB_DATABASE_PASSWORD: define<Detail>({
    actor: 'operator',
    message: ({ detail }) => `the database did not accept the role or its password: ${detail}`,
    hint: () => 'check user and password in database.url, PGPASSWORD or ~/.pgpass',
  }),
  RTB_DATABASE_HBA: define<Detail>({
    actor: 'operator',
    message: ({ detail }) => `pg_hba.conf does not let this connection in: ${detail}`,
    hint: () =>
      'add a line for this role, database and address to pg_hba.conf, then run: SELECT pg_reload_conf()',
  }),
  RTB_DATABASE_LOGIN: define<Detail>({
    actor: 'operator',
    message: ({ detail }) => `this system user may not log in as that role: ${detail}`,
    hint: () =>
      'run the command as the system user named like the role (sudo -u rtbridge …), map them in pg_ident.conf, or give the role LOGIN',
  }),
  RTB_DATABASE_MISSING: define<Detail>({
    actor: 'operator',
    message: ({ detail }) => `the database does not exist: ${detail}`,
    hint: () => 'check the database name in database.url or PGDATABASE (psql -l lists them)',
  }),
  RTB_DATABASE_SLOTS: define<Detail>({
    actor: 'operator',
    message: ({ detail }) => `the server has no connection slot left: ${detail}`,
    hint: () =>
      'a hub needs 6 connections, and up to 15 while many clients catch up and tables are read: raise max_connections or close idle sessions',
  }),
  RTB_DATABASE_STARTING: define<Detail>({
    actor: 'operator',
    message: ({ detail }) => `the server is starting, stopping or recovering: ${detail}`,
    hint: () => 'wait for it; `rtbridge serve` retries by itself',
  }),
  RTB_DATABASE_STANDBY: define<Detail>({
    actor: 'operator',
    message: () => 'this server is a standby: it can neither be captured from nor written to',
    hint: () => 'point database.url at the primary server',
  }),
  RTB_DATABASE_PERMISSION: define<Detail>({
    actor: 'operator',
    message: ({ detail }) => `the role lacks a right: ${detail}`,
    hint: () =>
      'connect as the role that ran install-triggers or owns the tables, or grant it what a hub needs: `rtbridge doctor` prints the statements',
  }),
  RTB_DATABASE_LOST: define<Detail>({
    actor: 'operator',
    message: ({ detail }) => `the connection to the database broke: ${detail}`,
    hint: () => 'see the PostgreSQL log at this time; `rtbridge serve` reconnects by itself',
  }),
  RTB_DATABASE_TOO_OLD: define<{ version: string }>({
    actor: 'operator',
    message: ({ version }) => `PostgreSQL ${version} is too old`,
    hint: () => 'rtbridge works with PostgreSQL 13 to 18',
  }),
  RTB_DATABASE_POOLER: define<object>({
    actor: 'operator',
    message: () =>
      'a connection pooler stands before PostgreSQL: changes are found by reading at short intervals, and pg_notify channels are not heard',
    hint: () =>
      'point database.url at PostgreSQL itself (mostly port 5432): rtbridge keeps 3 to 9 connections open and gains nothing from a pooler',
  }),
  RTB_DATABASE_POOL_MODE: define<Detail>({
    actor: 'operator',
    message: ({ detail }) => `the connection pooler allows no transactions: ${detail}`,
    hint: () =>
      'set pool_mode to transaction or session for this database in the pooler, or point database.url at PostgreSQL itself',
  }),
  RTB_DATABASE_FAILED: define<Detail>({
    actor: 'operator',
    message: ({ detail }) => `the database refused a statement: ${detail}`,
    hint: () => 'see the PostgreSQL log for the statement',
  }),
} as const
