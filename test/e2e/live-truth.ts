import { setTimeout as pause } from 'node:timers/promises'
import { pickInteger, type Random } from '../../src/demo/seeded-random.ts'
import type { Snapshot } from '../../src/domain/snapshot.ts'
import { sees } from '../../src/domain/snapshot.ts'
import { openClient } from '../support/open-client.ts'
import type { TestDatabase } from '../support/test-database.ts'

/** What a trigger of the test's own says of the tables, in the order in which it happened to each row. */
export interface Truth {
  readonly xid: bigint
  readonly table: string
  readonly op: string
  readonly oldId: string | null
  readonly row: { readonly id: number; readonly n: number } | null
}

/** Makes tables `a` and `b`, captured, and what records their truth. */
export async function createTruth({ query }: TestDatabase): Promise<void> {
  await query(`
    CREATE TABLE truth (seq bigserial, xid xid8 DEFAULT pg_current_xact_id(), tbl text, op text, old_id text, row jsonb);
    CREATE FUNCTION record() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO truth (tbl, op, old_id, row) VALUES (TG_TABLE_NAME, TG_OP,
        CASE WHEN TG_OP IN ('UPDATE', 'DELETE') THEN OLD.id::text END, CASE WHEN TG_OP IN ('INSERT', 'UPDATE') THEN to_jsonb(NEW) END);
      RETURN NULL;
    END $$`)
  for (const name of ['a', 'b']) {
    await query(`
      CREATE TABLE ${name} (id int PRIMARY KEY, n int NOT NULL, note text);
      SELECT rtbridge.capture_table('${name}', '{id}');
      CREATE TRIGGER record AFTER INSERT OR UPDATE OR DELETE ON ${name} FOR EACH ROW EXECUTE FUNCTION record();
      CREATE TRIGGER record_truncate AFTER TRUNCATE ON ${name} FOR EACH STATEMENT EXECUTE FUNCTION record()`)
  }
}

export async function readTruth({ query }: TestDatabase): Promise<Truth[]> {
  const { rows } = await query<{
    xid: string
    tbl: string
    op: string
    old_id: string | null
    row: Truth['row']
  }>('SELECT xid::text, tbl, op, old_id, row FROM truth ORDER BY seq')
  return rows.map(({ xid, tbl, op, old_id: oldId, row }) => ({
    xid: BigInt(xid),
    table: tbl,
    op,
    oldId,
    row,
  }))
}

/** The rows of a table as a snapshot sees them, by key, as JSON. */
export function tableAt(
  truth: readonly Truth[],
  table: string,
  at: Snapshot,
  isWanted: (row: { id: number; n: number }) => boolean,
): Map<string, string> {
  const rows = new Map<string, string>()
  for (const each of truth) {
    if (each.table !== table || !sees(at, each.xid)) continue
    if (each.op === 'TRUNCATE') rows.clear()
    if (each.oldId !== null) rows.delete(each.oldId)
    if (each.row !== null && isWanted(each.row)) rows.set(String(each.row.id), JSON.stringify(each.row))
  }
  return rows
}

/** One writer: transactions of every kind until `isOver`. */
export async function write(url: string, random: Random, isOver: () => boolean): Promise<void> {
  const client = await openClient(url)
  while (!isOver()) {
    const statements = Array.from({ length: pickInteger(random, 1, 4) }, () => statement(random))
    try {
      await client.query('BEGIN')
      for (const each of statements) {
        // A savepoint is a transaction of its own inside this one.
        if (random() < 0.2) await client.query(`SAVEPOINT s; ${statement(random)}; ROLLBACK TO s`)
        await client.query(each)
      }
      if (random() < 0.1) await pause(pickInteger(random, 1, 30))
      await client.query(random() < 0.15 ? 'ROLLBACK' : 'COMMIT')
    } catch {
      // A deadlock, or a key that was taken.
      await client.query('ROLLBACK')
    }
    if (random() < 0.3) await pause(pickInteger(random, 1, 5))
  }
}

function statement(random: Random): string {
  const table = random() < 0.5 ? 'a' : 'b'
  const id = pickInteger(random, 1, 300)
  const n = pickInteger(random, 0, 99)
  const kind = random()
  if (kind < 0.01) return `TRUNCATE ${table}`
  if (kind < 0.35)
    return `INSERT INTO ${table} VALUES (${id}, ${n}, repeat('x', ${n * 4})) ON CONFLICT (id) DO UPDATE SET n = EXCLUDED.n`
  if (kind < 0.45)
    return `INSERT INTO ${table} SELECT k, ${n} FROM generate_series(${id}, ${id + 20}) k ON CONFLICT DO NOTHING`
  if (kind < 0.75) return `UPDATE ${table} SET n = ${n} WHERE id = ${id}`
  if (kind < 0.85)
    return `UPDATE ${table} SET id = ${id + 1_000} WHERE id = ${id} AND NOT EXISTS (SELECT FROM ${table} WHERE id = ${id + 1_000})`
  if (kind < 0.9) return `UPDATE ${table} SET n = n + 1 WHERE id BETWEEN ${id} AND ${id + 10}`
  return `DELETE FROM ${table} WHERE id BETWEEN ${id} AND ${id + 3}`
}
