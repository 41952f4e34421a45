import type { Change } from '../../src/domain/change.ts'
import { runAdminSql } from './admin-sql.ts'

/** Makes the captured table `counter (id int PRIMARY KEY, n int)`, or one of another name, or empties it. */
export async function createCounterTable(url: string, name = 'counter'): Promise<void> {
  await runAdminSql(url, [
    `CREATE TABLE IF NOT EXISTS ${name} (id int PRIMARY KEY, n int NOT NULL)`,
    `TRUNCATE ${name}`,
    `SELECT rtbridge.capture_table('${name}', '{id}')`,
  ])
}

/** What a change says about `counter`: operation, id and n, as in `INSERT 1=10`. */
export function describeChange(change: Change): string {
  const { id, n } = JSON.parse(change.newRow ?? change.oldRow ?? '{}') as { id?: number; n?: number }
  return `${change.op} ${id}=${n}`
}

/** The changes without those that repeat a position: what is left of an at-least-once stream after its receiver. */
export function withoutRepeats(changes: readonly Change[]): Change[] {
  const seen = new Set<string>()
  return changes.filter(({ seq }) => !seen.has(seq) && seen.add(seq))
}
