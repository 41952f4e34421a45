import type { TestDatabase } from './test-database.ts'

/** What rtbridge's sessions are for, as `pg_stat_activity` names them. */
export type BackendRole = 'reader' | 'helper' | 'listener'

type Queryable = Pick<TestDatabase, 'query'>

/** The server processes of rtbridge's sessions on this database. */
export async function findBackends(
  database: Queryable,
  roles: readonly BackendRole[] = ['reader', 'helper', 'listener'],
): Promise<number[]> {
  const { rows } = await database.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = ANY ($1)`,
    [roles.map(role => `rtbridge ${role}`)],
  )
  return rows.map(({ pid }) => pid)
}

/** Terminates them; returns how many there were. */
export async function terminateBackends(
  database: Queryable,
  roles?: readonly BackendRole[],
): Promise<number> {
  const pids = await findBackends(database, roles)
  await database.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid', [pids])
  return pids.length
}

/** The server process that holds an advisory lock of rtbridge exclusively; null when none does. */
export async function findLockHolder(
  database: Queryable,
  lock: readonly [number, number],
): Promise<number | null> {
  const { rows } = await database.query<{ pid: number }>(
    `SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database
     WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.mode = 'ExclusiveLock' AND l.granted
       AND l.classid = $1::int::oid AND l.objid = $2::int::oid`,
    [...lock],
  )
  return rows[0]?.pid ?? null
}
