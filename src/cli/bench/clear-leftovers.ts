import { benchLock } from '../../capture/advisory-locks.ts'
import type { AdminSession } from '../../database/admin-session.ts'
import { readSql } from '../../database/sql-file.ts'

/**
 * Drops the schemas of runs that were killed, unless another run is at work: which of them are its own cannot be told. Behind
 * a pooler nothing tells whether there is one, so nothing is dropped. From here on this session says that one is at work.
 *
 * @throws RTB_DATABASE_*
 */
export async function clearLeftovers({ query, pooled }: AdminSession): Promise<void> {
  if (pooled) return
  const key = benchLock.map(String)
  const [alone] = await query('SELECT pg_try_advisory_lock($1::integer, $2::integer) AS is', key)
  if (alone?.['is'] === 't') {
    const schemas = await query(readSql('bench/list_scratch.sql'))
    for (const { name } of schemas) await query(`DROP SCHEMA IF EXISTS ${name} CASCADE`)
  }
  await query('SELECT pg_advisory_lock_shared($1::integer, $2::integer)', key)
  if (alone?.['is'] === 't') await query('SELECT pg_advisory_unlock($1::integer, $2::integer)', key)
}
