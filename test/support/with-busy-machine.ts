import { runAdminSql } from './admin-sql.ts'

/** A hub that comes back opens its sessions and asks its first questions, one after the other. */
const sessions = 10

/**
 * A promise of time, and what the machine itself takes: as long as it needs at this moment for a few new sessions. On an
 * idle machine that is next to nothing.
 *
 * @param promisedMs how long rtbridge may wait, ms
 * @param url a database that answers
 * @returns the longest it may take, ms
 */
export async function withBusyMachine(promisedMs: number, url: string): Promise<number> {
  const since = performance.now()
  await runAdminSql(url, ['SELECT 1'])
  return promisedMs + sessions * (performance.now() - since)
}
